# Sets the databases up as the official image does, then serves.
set -eu
data=/var/lib/postgresql/data
mkdir -p /tmp/socket
if [ ! -s "$data/PG_VERSION" ]; then
  printf '%s' "$POSTGRES_PASSWORD" > /tmp/password
  initdb --pgdata="$data" --username="$POSTGRES_USER" --pwfile=/tmp/password --auth-host=scram-sha-256 > /dev/null
  rm /tmp/password
  pg_ctl --pgdata="$data" --wait --options='-c listen_addresses= -c unix_socket_directories=/tmp/socket' start
  createdb --host=/tmp/socket --username="$POSTGRES_USER" "$POSTGRES_DB" || true
  for file in /docker-entrypoint-initdb.d/*.sql; do
    psql --host=/tmp/socket --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" --set=ON_ERROR_STOP=1 --file="$file"
  done
  pg_ctl --pgdata="$data" --wait stop
  echo 'host all all all scram-sha-256' >> "$data/pg_hba.conf"
fi
exec postgres -D "$data" -c listen_addresses='*' -c unix_socket_directories=/tmp/socket
