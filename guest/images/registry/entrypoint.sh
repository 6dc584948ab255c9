#!/bin/sh
# A configuration file alone means "serve with it"; a sub-command of registry or another program starts as it is.
set -e

case "$1" in
*.yaml | *.yml) set -- registry serve "$@" ;;
serve | garbage-collect | help | -*) set -- registry "$@" ;;
esac

exec "$@"
