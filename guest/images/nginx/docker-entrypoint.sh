#!/bin/sh
# Runs what lies in /docker-entrypoint.d, in order, before nginx itself; any other command starts at once.
set -e

say() {
    [ -n "${NGINX_ENTRYPOINT_QUIET_LOGS:-}" ] || echo "$0: $*"
}

case "$1" in
nginx | nginx-debug)
    for script in /docker-entrypoint.d/*; do
        case "$script" in
        *.envsh) [ -x "$script" ] && say "Reading $script" && . "$script" ;;
        *.sh)
            if [ -x "$script" ]; then
                say "Starting $script"
                "$script"
            else
                say "Skipping $script: it is not executable"
            fi
            ;;
        esac
    done
    say "Ready to start nginx"
    ;;
esac

exec "$@"
