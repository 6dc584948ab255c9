#!/bin/sh
# Builds public/kernel/native/docker-init, a static i386 program with musl, and its manifest. The compiler's and musl's parts are
# those that guest/native/build.sh has unpacked: run that first. Usage: guest/docker-init/build.sh BUILD_DIRECTORY (of that build)
set -eu
export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=1735689600

here=$(cd "$(dirname "$0")" && pwd)
out=$here/../../public/kernel/native
cd "$1"

headers="-nostdinc -isystem root/usr/include/i386-linux-musl -isystem $(gcc -print-file-name=include)"
libc=root/usr/lib/i386-linux-musl
gcc32=root/usr/lib/gcc/x86_64-linux-gnu/12/32
object=$(mktemp)
# shellcheck disable=SC2086
gcc -m32 -Os -fno-pie -fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables -ffile-prefix-map="$here"=docker-init \
	$headers -D_GNU_SOURCE -Wall -Werror -c "$here/docker-init.c" -o "$object"
gcc -m32 -static -nostdlib -no-pie -s -Wl,--gc-sections -Wl,--build-id=none -o "$out/docker-init" \
	$libc/crt1.o $libc/crti.o "$object" $gcc32/libgcc.a $libc/libc.a $gcc32/libgcc.a $libc/crtn.o
rm "$object"

cat > "$out/docker-init.manifest.json" <<MANIFEST
{
  "name": "docker-init",
  "files": [
    { "path": "docker-init", "bytes": $(stat -c %s "$out/docker-init"), "sha256": "$(sha256sum < "$out/docker-init" | cut -d' ' -f1)" }
  ],
  "recipe": "guest/docker-init/build.sh",
  "inputs": "musl-dev, linux-libc-dev and lib32gcc-12-dev as in native.manifest.json",
  "licence": "MIT (ours, musl), GPL-3.0 with the GCC runtime library exception (libgcc)",
  "source": "guest/docker-init/docker-init.c and the Debian source packages of the inputs"
}
MANIFEST
ls -l "$out/docker-init"
