#!/bin/sh
# Prints offsets.json from the assembler that offsets.c became. Called by build.sh.
# Usage: offsets.sh offsets.s ADDRESS-OF-PCPU_HOT (hexadecimal)
set -eu

# Each line of interest: .ascii "->struct.member 123"
pairs=$(sed -n 's/.*\.ascii "->\([^ ]*\) \([0-9]*\)".*/\1 \2/p' "$1")
echo '{'
echo "$pairs" | grep -v '^pcpu_hot\.' | sed 's/\(.*\) \(.*\)/  "\1": \2,/'
# @current is not an offset but an address: where the kernel keeps the pointer to the running task.
echo "  \"@current\": $((0x$2 + $(echo "$pairs" | sed -n 's/^pcpu_hot.current_task //p')))"
echo '}'
