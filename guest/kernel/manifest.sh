#!/bin/sh
# Writes kernel.manifest.json beside the kernel: hashes of the outputs, and what they were made of. Called by build.sh.
# Usage: manifest.sh FOLDER LINUX-VERSION LINUX-SHA256 SEABIOS-VERSION SEABIOS-SHA256
set -eu

cd "$1"
file() { printf '    { "path": "%s", "bytes": %d, "sha256": "%s" }%s\n' "$1" "$(wc -c < "$1")" "$(sha256sum "$1" | cut -d' ' -f1)" "$2"; }
input() { printf '    { "name": "%s", "version": "%s", "sha256": "%s", "from": "%s" }%s\n' "$1" "$2" "$3" "$4" "$5"; }
{
	echo '{'
	echo '  "name": "kernel",'
	echo '  "files": ['
	file bzImage ,
	file offsets.json ,
	file seabios.bin ,
	file vgabios.bin ''
	echo '  ],'
	echo '  "recipe": "guest/kernel/build.sh",'
	echo '  "inputs": ['
	input linux-source-6.12 "$2" "$3" "http://deb.debian.org/debian-security/pool/updates/main/l/linux/" ,
	input seabios "$4" "$5" "http://deb.debian.org/debian/pool/main/s/seabios/" ''
	echo '  ],'
	echo '  "licence": "bzImage: GPL-2.0-only; seabios.bin and vgabios.bin: LGPL-3.0-only; offsets.json: MIT",'
	echo '  "source": "Debian source packages linux 6.12.117-1 (with guest/kernel/patches and the two .config lists) and seabios 1.16.2-1"'
	echo '}'
} > kernel.manifest.json
