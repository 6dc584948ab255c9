#!/bin/sh
# Builds public/kernel/native/: drydock (the runner: QuickJS and our C module), docker (the stub), cfloor and hello (the bench's C programs),
# static i386 binaries with musl, and their manifest. Runs on Debian 12 with gcc 12 (build-essential); needs no root and installs nothing:
# the i386 parts are unpacked from pinned packages. Same inputs, same compiler: same bytes. Usage: guest/native/build.sh [build directory]
set -eu
export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=1735689600

here=$(cd "$(dirname "$0")" && pwd)
out=$here/../../public/kernel/native
build=${1:-${TMPDIR:-/tmp}/drydock-native}
debian=http://deb.debian.org/debian/pool/main

# name | version | sha256 | path in Debian's pool
inputs="
quickjs|2025.04.26|ec81da5b3249ed648dbc7df4a1654988910e66a118d9b71cb63534216efcfbbe|q/quickjs/quickjs_2025.04.26.orig.tar.xz
zlib|1.2.13.dfsg|71feb7947e3c00ef125f83b79a4e529bde31171e5babe48b391f06758d1ab0a1|z/zlib/zlib_1.2.13.dfsg.orig.tar.bz2
libzstd|1.5.4+dfsg2|8cf4bbb65e77ec348d052c8d6230eba66d435bddf64c8b5be2fcb16880c19953|libz/libzstd/libzstd_1.5.4+dfsg2.orig.tar.xz
musl-dev:i386|1.2.3-1|e7e49904a302b4c986cc7729b1af9117f7a01a928b12c43e75bdd015697bff82|m/musl/musl-dev_1.2.3-1_i386.deb
linux-libc-dev:i386|6.1.176-1|94b68e46c4df2da33b443c0f1f3ec74691e71ff54b053f0a6198d7b62d159c5e|l/linux/linux-libc-dev_6.1.176-1_i386.deb
lib32gcc-12-dev|12.2.0-14+deb12u1|d0676d8c516226ce533d1ef721a13ecd9a57a97f58264bdb6c843a546d5c9f33|g/gcc-12/lib32gcc-12-dev_12.2.0-14+deb12u1_amd64.deb
"

# 1. Fetch and check. A version that left the mirror is still on snapshot.debian.org.
mkdir -p "$build/get" "$out"
cd "$build"
for input in $inputs; do
	sha256=$(echo "$input" | cut -d'|' -f3)
	path=$(echo "$input" | cut -d'|' -f4)
	file=get/${path##*/}
	[ -f "$file" ] || curl -fsSL -o "$file" "$debian/$path" ||
		curl -fsSL -o "$file" "http://snapshot.debian.org/archive/debian/20261101T000000Z/pool/main/$path"
	echo "$sha256  $file" | sha256sum -c --quiet -
done

# 2. Unpack.
rm -rf root quickjs zlib zstd obj
mkdir root quickjs zlib zstd obj
for deb in get/*.deb; do dpkg-deb -x "$deb" root; done
tar -xJf get/quickjs_*.orig.tar.xz -C quickjs --strip-components=1
tar -xJf get/libzstd_*.orig.tar.xz -C zstd --strip-components=2 --wildcards '*/lib'
tar -xjf get/zlib_*.orig.tar.bz2 -C zlib --strip-components=1
patch -s -d quickjs -p1 <"$here/quickjs.patch"

# 3. A name for this very build: bytecode is good only for the runner that made it, since atoms and opcodes are numbered at compile time.
id=$({ echo "$inputs"; cat "$here"/*.c "$here"/*.h "$here"/*.patch "$here/build.sh"; } | sha256sum | cut -c1-12)

# 4. Compile. -mno-stv and no vectors: the emulator runs SSE integer code slower than plain; SSE2 for floating point, since x87 is slowest.
headers="-nostdinc -isystem root/usr/include/i386-linux-musl -isystem root/usr/include -isystem root/usr/include/i386-linux-gnu"
flags="-m32 -O2 -msse2 -mfpmath=sse -mno-stv -fno-tree-vectorize -fno-pie -fno-stack-protector -fcf-protection=none
 -fno-asynchronous-unwind-tables -fomit-frame-pointer -ffunction-sections -ffile-prefix-map=$here=native -ffile-prefix-map=$build=build
 $headers -isystem $(gcc -print-file-name=include) -D_GNU_SOURCE -Iquickjs -Izlib -Izstd -I$here"
# The interpreter and our part of the runner are optimised as one program.
whole="-flto -flto-partition=one"
compile() { # source, object, further flags
	source=$1 object=$2
	shift 2
	# shellcheck disable=SC2086
	gcc $flags "$@" -c "$source" -o "obj/$object.o" &
}
for name in libregexp libunicode cutils dtoa; do
	# shellcheck disable=SC2086
	compile quickjs/$name.c "q_$name" -w $whole
done
for name in adler32 crc32 inflate inftrees inffast zutil deflate trees; do compile zlib/$name.c "z_$name" -w; done
# The decoder alone, and of its variants the smaller ones.
small="-DZSTD_LEGACY_SUPPORT=0 -DZSTD_STRIP_ERROR_STRINGS=1 -DHUF_FORCE_DECOMPRESS_X1 -DZSTD_FORCE_DECOMPRESS_SEQUENCES_SHORT -DDYNAMIC_BMI2=0"
for path in common/entropy_common common/error_private common/fse_decompress common/xxhash common/zstd_common \
	decompress/huf_decompress decompress/zstd_ddict decompress/zstd_decompress decompress/zstd_decompress_block; do
	# shellcheck disable=SC2086
	compile zstd/$path.c "s_${path##*/}" -w $small
done
wait
# shellcheck disable=SC2086
compile "$here/engine.c" engine -w $whole -DCONFIG_VERSION='"2025-04-26"'
for name in accelerator alloc runner syscalls processes bytes sha256 runtime archives tree decode tar_extract tar_create; do
	# shellcheck disable=SC2086
	compile "$here/$name.c" "d_$name" -Wall -Werror $whole -DDRYDOCK_BUILD="\"$id\""
done
for name in stub hello cfloor; do compile "$here/$name.c" "p_$name" -Wall -Werror; done
wait

# 5. Link by hand: the machine's own crt1.o is glibc's.
libc=root/usr/lib/i386-linux-musl
gcc32=root/usr/lib/gcc/x86_64-linux-gnu/12/32
link() { # program, objects; with its symbols it stays in the build directory
	program=$1
	shift
	gcc -m32 -static -nostdlib -no-pie -Wl,--gc-sections -Wl,--build-id=none -o "$program.symbols" \
		$libc/crt1.o $libc/crti.o "$@" $gcc32/libgcc.a $libc/libm.a $libc/libc.a $gcc32/libgcc.a $libc/crtn.o
	strip -o "$out/$program" "$program.symbols"
}
# The runner's functions that run most, page by page (scripts/code-order.ts); the others follow.
awk 'BEGIN { print "SECTIONS { .text.used : { . = ALIGN(4096);" } NF { print "*(.text." $1 ")" } !NF { print ". = ALIGN(4096);" }
	END { print "} } INSERT BEFORE .text;" }' "$here/functions.txt" > used.lds
# shellcheck disable=SC2086
link drydock -O2 $whole -ffunction-sections -Wl,-T,used.lds obj/engine.o obj/d_*.o obj/q_*.o obj/z_*.o obj/s_*.o
link docker obj/p_stub.o
link hello obj/p_hello.o
link cfloor obj/p_cfloor.o

# 6. Manifest.
{
	printf '{\n  "name": "native",\n  "files": [\n'
	comma=
	for program in cfloor docker drydock hello; do
		printf '%s    { "path": "%s", "bytes": %s, "sha256": "%s" }' "$comma" "$program" "$(stat -c %s "$out/$program")" "$(sha256sum < "$out/$program" | cut -d' ' -f1)"
		comma=',
'
	done
	printf '\n  ],\n  "recipe": "guest/native/build.sh",\n  "inputs": [\n'
	comma=
	for input in $inputs; do
		echo "$input" | {
			IFS='|' read -r name version sha256 path
			printf '%s    { "name": "%s", "version": "%s", "sha256": "%s", "from": "%s/%s" }' "$comma" "$name" "$version" "$sha256" "$debian" "$path"
		}
		comma=',
'
	done
	printf '\n  ],\n  "licence": "%s",\n  "source": "%s"\n}\n' \
		"MIT (ours, QuickJS, musl), Zlib (zlib), BSD-3-Clause (zstd), GPL-3.0 with the GCC runtime library exception (libgcc)" \
		"guest/native/*.c and the Debian source packages of the inputs"
} > "$out/native.manifest.json"
ls -l "$out"
