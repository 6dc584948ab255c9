#!/bin/bash
# Makes the database cluster on the first start, from the POSTGRES_* variables and the files in
# /docker-entrypoint-initdb.d, then starts the server as the user postgres.
set -Eeuo pipefail

# NAME or the contents of the file that NAME_FILE names (a secret), or the default.
setting() {
    local name=$1 default=${2:-} file="$1_FILE"
    if [ -n "${!name:-}" ] && [ -n "${!file:-}" ]; then
        echo >&2 "error: $name and $file are both set; set one of them"
        exit 1
    fi
    local value=$default
    if [ -n "${!name:-}" ]; then value=${!name}
    elif [ -n "${!file:-}" ]; then value=$(< "${!file}"); fi
    export "$name"="$value"
    unset "$file"
}

as_postgres() {
    mkdir -p "$PGDATA" /var/run/postgresql
    chmod 0700 "$PGDATA"
    chmod 3777 /var/run/postgresql
    find "$PGDATA" \! -user postgres -exec chown postgres {} +
    find /var/run/postgresql \! -user postgres -exec chown postgres {} +
    exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$BASH_SOURCE" "$@"
}

require_password() {
    if [ -z "$POSTGRES_PASSWORD" ] && [ "$POSTGRES_HOST_AUTH_METHOD" != trust ]; then
        cat >&2 <<-'EOE'
			Error: Database is uninitialized and superuser password is not specified.
			       Give one with "-e POSTGRES_PASSWORD=..." on "docker run", or let everybody in
			       without a password with "-e POSTGRES_HOST_AUTH_METHOD=trust" (not for real data).
		EOE
        exit 1
    fi
}

make_cluster() {
    eval "initdb --username=\"$POSTGRES_USER\" --pwfile=<(printf '%s\n' \"$POSTGRES_PASSWORD\") $POSTGRES_INITDB_ARGS"
    { echo; echo "host all all all $POSTGRES_HOST_AUTH_METHOD"; } >> "$PGDATA/pg_hba.conf"
}

run_sql() {
    PGHOST= PGHOSTADDR= psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password --username "$POSTGRES_USER" "$@"
}

run_init_files() {
    local file
    for file in /docker-entrypoint-initdb.d/*; do
        case "$file" in
        *.sh)
            echo "$0: running $file"
            if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
        *.sql) echo "$0: running $file"; run_sql --dbname "$POSTGRES_DB" -f "$file" ;;
        *.sql.gz) echo "$0: running $file"; gunzip -c "$file" | run_sql --dbname "$POSTGRES_DB" ;;
        '/docker-entrypoint-initdb.d/*') ;;
        *) echo "$0: ignoring $file" ;;
        esac
    done
}

first_start() {
    setting POSTGRES_PASSWORD
    setting POSTGRES_USER postgres
    setting POSTGRES_DB "$POSTGRES_USER"
    setting POSTGRES_INITDB_ARGS
    : "${POSTGRES_HOST_AUTH_METHOD:=scram-sha-256}"
    require_password
    make_cluster
    # Only on the socket: nobody may connect before the init files have run.
    PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -o "-c listen_addresses='' -p 5432" -w start
    if [ "$POSTGRES_DB" != postgres ]; then
        run_sql --dbname postgres --set db="$POSTGRES_DB" <<< 'CREATE DATABASE :"db" ;'
    fi
    run_init_files
    PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -m fast -w stop
    printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

# Options alone mean the server.
if [ "${1:0:1}" = - ]; then set -- postgres "$@"; fi

if [ "$1" = postgres ]; then
    if [ "$(id -u)" = 0 ]; then as_postgres "$@"; fi
    if [ -s "$PGDATA/PG_VERSION" ]; then
        printf '\nPostgreSQL Database directory appears to contain a database; skipping initialization\n\n'
    else
        first_start
    fi
fi

exec "$@"
