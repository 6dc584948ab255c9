#!/bin/sh
# Builds public/kernel/: bzImage, offsets.json, the BIOS images v86 boots with, and their manifest.
# Runs on Debian 12 (root only for the package list: apt-get install build-essential flex bison bc libelf-dev
# cpio lz4 xz-utils). Same inputs, same compiler: same bytes, in whatever directory.
# Usage: guest/kernel/build.sh [build directory [output directory]]; the output of a trial goes elsewhere than to public/kernel.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
build=${1:-${TMPDIR:-/tmp}/drydock-kernel}
out=${2:-$here/../../public/kernel}
mkdir -p "$build" "$out"
build=$(cd "$build" && pwd)
out=$(cd "$out" && pwd)

linux_version=6.12.117-1~deb12u1
linux_deb=linux-source-6.12_${linux_version}_all.deb
linux_sha256=e849faf31ca3555757f3a8877cb01af92122f744f75d1f3102734651c4e14703
seabios_version=1.16.2-1
seabios_deb=seabios_${seabios_version}_all.deb
seabios_sha256=08e5b3f761379f17a6051731cafa03e97686049e2cc1b8bdccc5a910646e2d8e

# 1. The sources, from Debian's archive. An apt configuration of its own, so that the machine's stays as it is;
#    bookworm-backports is where 6.12 started, bookworm-security is where it is kept now.
mkdir -p "$build/apt/lists/partial" "$build/apt/cache/archives/partial"
cat > "$build/apt/sources.list" <<LIST
deb [arch=$(dpkg --print-architecture) signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main
deb [arch=$(dpkg --print-architecture) signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm-backports main
deb [arch=$(dpkg --print-architecture) signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian-security bookworm-security main
LIST
apt_own() {
	apt-get -q -o Dir::Etc::sourcelist="$build/apt/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$build/apt/lists" \
		-o Dir::Cache="$build/apt/cache" -o APT::Sandbox::User=root "$@"
}
cd "$build"
if ! [ -f "$linux_deb" ] || ! [ -f "$seabios_deb" ]; then
	apt_own update
	apt_own download "linux-source-6.12=$linux_version" "seabios=$seabios_version"
fi
echo "$linux_sha256  $linux_deb" | sha256sum -c -
echo "$seabios_sha256  $seabios_deb" | sha256sum -c -

# 2. Unpack, patch.
rm -rf tree seabios && mkdir tree
dpkg-deb -x "$seabios_deb" seabios
dpkg-deb --fsys-tarfile "$linux_deb" | tar -xOf - ./usr/src/linux-source-6.12.tar.xz | tar -xJf - -C tree --strip-components=1
cd tree
for patch in "$here"/patches/*.patch; do patch -s -p1 < "$patch"; done
# The functions that run most, page by page (scripts/code-order.ts), for the linker.
awk 'BEGIN { print ". = ALIGN(4096);" } NF { print "*(.text." $1 ")" } !NF { print ". = ALIGN(4096);" }' "$here/functions.txt" > arch/x86/kernel/functions.lds

# 3. Configure: everything off but what the two lists name (the later list wins). Then check that Kconfig agreed.
cat "$here/linux.config" "$here/tracing.config" |
	awk -F= '/^CONFIG_/ { if (!($1 in line)) order[++n] = $1; line[$1] = $0 } END { for (i = 1; i <= n; i++) print line[order[i]] }' > ../wanted.config
make -s ARCH=i386 KCONFIG_ALLCONFIG=../wanted.config allnoconfig
grep -v '=n$' ../wanted.config | while IFS= read -r line; do
	grep -qxF "$line" .config || { echo "the kernel's configuration refused: $line" >&2; exit 1; }
done

# 4. Build, with nothing of this machine or this day in it.
export SOURCE_DATE_EPOCH=1735689600 KBUILD_BUILD_TIMESTAMP='Wed Jan  1 00:00:00 UTC 2025'
export KBUILD_BUILD_USER=drydock KBUILD_BUILD_HOST=drydock KBUILD_BUILD_VERSION=1 LC_ALL=C TZ=UTC
make -s ARCH=i386 -j"$(nproc)" bzImage

# 5. The offsets of this very build (see offsets.c), and the address of the one per-CPU variable that we read.
mkdir -p drydock && cp "$here/offsets.c" drydock/offsets.c && echo 'obj-y += offsets.o' > drydock/Makefile
make -s ARCH=i386 KBUILD_EXTMOD= drydock/offsets.s
hot=$(awk '$3 == "pcpu_hot" { print $1 }' System.map)
sh "$here/offsets.sh" drydock/offsets.s "$hot" > "$out/offsets.json"

# 6. Put the results in place and say what they are made of.
cp arch/x86/boot/bzImage "$out/bzImage"
cp ../seabios/usr/share/seabios/bios.bin "$out/seabios.bin"
cp ../seabios/usr/share/seabios/vgabios-stdvga.bin "$out/vgabios.bin"
sh "$here/manifest.sh" "$out" "$linux_version" "$linux_sha256" "$seabios_version" "$seabios_sha256"
ls -l "$out"
