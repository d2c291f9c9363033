-- A user and a database for each of the two deployables that keep something: neither reaches the other's.
CREATE ROLE recommender LOGIN PASSWORD 'development';
CREATE DATABASE recommender OWNER recommender;
REVOKE CONNECT ON DATABASE recommender FROM PUBLIC;
CREATE ROLE catalog LOGIN PASSWORD 'development';
CREATE DATABASE catalog OWNER catalog;
REVOKE CONNECT ON DATABASE catalog FROM PUBLIC;
