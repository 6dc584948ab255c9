#!/bin/sh
# Fills ${NAME} in /etc/nginx/templates/*.template from the environment and writes the result to /etc/nginx/conf.d.
set -e

[ -d /etc/nginx/templates ] || exit 0
for template in /etc/nginx/templates/*.template; do
    [ -f "$template" ] || continue
    name=$(basename "$template" .template)
    perl -pe 's/\$\{(\w+)\}/exists $ENV{$1} ? $ENV{$1} : $&/ge' "$template" > "/etc/nginx/conf.d/$name"
done
