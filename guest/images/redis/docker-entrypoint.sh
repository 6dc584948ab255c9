#!/bin/sh
# Starts redis-server as the user redis; any other command starts as it is.
set -e

# Only options, or a configuration file: the server is meant.
case "${1:-}" in
-* | *.conf) set -- redis-server "$@" ;;
esac

if [ "$1" = redis-server ]; then
    shift
    # Protected mode refuses every client from another host, which in a container means every client.
    # With a configuration file the file decides.
    case "${1:-}" in
    *.conf) ;;
    *) set -- "$@" --protected-mode no ;;
    esac
    if [ "$(id -u)" = 0 ]; then
        find . \! -user redis -exec chown redis:redis {} +
        exec setpriv --reuid=redis --regid=redis --clear-groups -- redis-server "$@"
    fi
    exec redis-server "$@"
fi

exec "$@"
