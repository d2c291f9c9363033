# Sets the databases up as the official image does, then serves.
set -eu
data=/var/lib/postgresql/18/docker
socket=/var/run/postgresql
if [ ! -s "$data/PG_VERSION" ]; then
  mkdir -p "$data"
  printf '%s' "$POSTGRES_PASSWORD" > /tmp/password
  initdb --pgdata="$data" --username="$POSTGRES_USER" --pwfile=/tmp/password --auth-host=scram-sha-256 > /dev/null
  rm /tmp/password
  pg_ctl --pgdata="$data" --wait --options="-c listen_addresses= -c unix_socket_directories=$socket" start
  for file in /docker-entrypoint-initdb.d/*.sql; do
    psql --host="$socket" --username="$POSTGRES_USER" --dbname="$POSTGRES_USER" --set=ON_ERROR_STOP=1 --file="$file"
  done
  pg_ctl --pgdata="$data" --wait stop
  echo 'host all all all scram-sha-256' >> "$data/pg_hba.conf"
fi
exec postgres -D "$data" -c listen_addresses='*' -c unix_socket_directories="$socket"
