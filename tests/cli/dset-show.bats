#!/usr/bin/env bats
# dset-show: summary, statistics, checks, and records back into files.

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	shared=$BATS_TEST_DIRNAME/../../../shared
	golden=$shared/golden/data
}

# gray FILE VALUE: a PGM of 4x2 pixels of this value, but for the first.
gray() {
	mkdir -p "$(dirname "$1")"
	echo "P2 4 2 255 9 $2 $2 $2 $2 $2 $2 $2" >"$1"
}

make_set() {
	for i in 1 2 3 4 5 6 7 8; do
		gray "src/one/$i.pgm" "$i"
		gray "src/two/$i.pgm" "1$i"
	done
	dset-create -q --gray --size 4x2 --no-shuffle "$@" -o d src >/dev/null
}

@test "summary and histogram; the same as JSON" {
	make_set
	dset-show d >out
	grep -q '^train *12 records *lmdb *1x2x4 *encoded' out
	grep -q '^two *6 *2' out
	dset-show --json d >j
	[ "$(wc -l <j)" -eq 4 ]
	grep -q '"part": *"train".*"records": *12' j
	dset-show -p val --tsv d >t
	[ "$(sed -n 2p t)" = "$(printf '0\tone\t2')" ]
	run dset-show -p test d
	[ "$status" -eq 4 ]
	run dset-show nowhere
	[ "$status" -eq 4 ]
	mkdir empty
	run dset-show empty
	[ "$status" -eq 4 ]
}

@test "stats: mean, deviation, duplicates across parts" {
	mkdir -p src/a src/b v/a v/b
	for c in a b; do
		for i in 1 2; do
			echo "P2 1 2 255 $i 255" >src/$c/$i.pgm
			echo "P2 1 2 255 $i 255" >v/$c/$i.pgm
		done
	done
	dset-create -q --gray --size 1x2 --duplicates ignore --val-folder v \
	    -o d src >/dev/null
	dset-show --stats d >out 2>err
	grep -q 'value *mean 128.250 deviation 126.750' out
	grep -q '4 duplicates, 4 of them in another part, 2 with another label' out
	grep -q 'val record 0 .*the same picture as train record' err
}

@test "verify: sound, a digest that differs, a record that is damaged" {
	make_set --encoding none
	dset-show --verify d >out
	grep -q '16 records, 0 bad, 2 digests' out
	# the pixels of src/two/2.pgm
	at=$(LC_ALL=C grep -abo "$(printf '\t\014\014\014')" d/train_db/data.mdb |
	    head -n 1 | cut -d: -f1)
	[ -n "$at" ]
	printf '\0' | dd of=d/train_db/data.mdb bs=1 seek="$at" conv=notrunc
	run dset-show --verify d
	[ "$status" -eq 8 ]
	[[ $output == *train*digest* ]]
	make_set -f
	at=$(LC_ALL=C grep -abo IDAT d/train_db/data.mdb | head -n 1 | cut -d: -f1)
	printf 'XXXX' | dd of=d/train_db/data.mdb bs=1 seek="$at" conv=notrunc
	run dset-show --verify --bad bad d
	[ "$status" -eq 1 ]
	[[ $output == *'train: record '* ]]
	[ "$(wc -l <bad)" -eq 1 ]
	# a first one that is damaged makes no boxes of the others' classes
	at=$(LC_ALL=C grep -abo 00000000_ d/train_db/data.mdb | head -n 1 | cut -d: -f1)
	printf '\377\377\377\377' |
	    dd of=d/train_db/data.mdb bs=1 seek=$((at + 10)) conv=notrunc
	run dset-show d
	[ "$status" -eq 1 ]
	[[ $output == *'train: record 0: '* && $output != *boxes* ]]
}

@test "export: two keys that would be one file are an error" {
	make_set
	python3 - d/train_db/data.mdb <<-'E'
	import sys
	b = open(sys.argv[1], 'rb').read()
	for key, other in (b'00000000_0', b'0000000._0'), (b'00000001_0', b'0000000/_0'):
	    assert b.count(key) == 1
	    b = b.replace(key, other)
	open(sys.argv[1], 'wb').write(b)
	E
	run dset-show d --export e
	[ "$status" -eq 3 ]
	[ "$output" = 'dset-show: two records would be e/train/one/0000000-_0.png' ]
	[ ! -e e ]
}

@test "a damaged LMDB is refused with a sentence" {
	make_set
	truncate -s 5000 d/train_db/data.mdb
	run dset-show d
	[ "$status" -eq 3 ]
	[[ $output == *d/train_db/data.mdb* ]]
	: >d/train_db/data.mdb
	run dset-show d
	[ "$status" -eq 3 ]
	head -c 20000 /dev/zero >d/train_db/data.mdb
	run dset-show d
	[ "$status" -eq 3 ]
	[[ $output == *'not an LMDB'* ]]
}

@test "record: by key, by number, into files; round trip" {
	make_set --val 0
	dset-show d --record 3 >out
	key=$(cut -f3 out)
	dset-show d --record "$key" -o r.png >/dev/null
	dset-show d --record "$key" -o r.pgm >/dev/null
	dset-show d --record "$key" -o - >r2.png
	cmp r.png r2.png
	path=$(sed -n 4p d/train.txt | cut -d' ' -f1)
	[ "$(tail -c 8 r.pgm | od -An -tu1 | tr -s ' ')" = \
	  "$(cut -d' ' -f5- "$path" | sed 's/^/ /')" ]
	run dset-show d --record 00000099_9
	[ "$status" -eq 4 ]
	run dset-show d --record 3 -o r.png
	[ "$status" -eq 8 ]
}

@test "export gives class folders that make the same data set again" {
	make_set --val 0
	dset-show d --export e
	[ "$(find e/train/one -name '*.png' | wc -l)" -eq 8 ]
	(cd e && dset-create -q --gray --size 4x2 --no-shuffle --val 0 \
	    --list train.txt --labels labels.txt -o ../d2 >/dev/null)
	dset-show d --diff d2
	run dset-show d --export e
	[ "$status" -eq 8 ]
	dset-show d --export f --label two --count 3
	[ "$(find f -name '*.png' | wc -l)" -eq 3 ]
	[ ! -e f/train/one ]
}

@test "diff: the same, other encodings, other pixels, missing records" {
	make_set
	dset-create -q --gray --size 4x2 --no-shuffle --encoding none -o raw src >/dev/null
	run dset-show -v d --diff raw
	[ "$status" -eq 0 ]
	[[ $output == *'16 the same (16 of them stored differently)'* ]]
	gray src/two/8.pgm 99
	dset-create -q --gray --size 4x2 --no-shuffle -o e src >/dev/null
	run dset-show d --diff e
	[ "$status" -eq 1 ]
	[[ $output == *pixels* ]]
	[[ $output == *'1 record differs'* ]]
	rm src/two/8.pgm
	dset-create -q --gray --size 4x2 --no-shuffle -o f src >/dev/null
	run dset-show d --diff f
	[ "$status" -eq 1 ]
	[[ $output == *'only in the first'* ]]
}

@test "montage" {
	make_set
	dset-show d --montage m.png --count 9
	[ "$(head -c 4 m.png | tail -c 3)" = PNG ]
	dset-show d --montage one.png --label one -p train
	run dset-show d --montage x.png --label three
	[ "$status" -eq 4 ]
}

@test "cat is a tar of pictures and labels" {
	make_set
	dset-show d --cat | tar tf - >names
	[ "$(wc -l <names)" -eq 32 ]
	grep -q '^train/00000000_0.png$' names
	dset-show d -p val --cat | tar xf -
	[ "$(cat 00000000_0.cls)" = 0 ]
	[ -s 00000000_0.png ]
	dset-show d --cat | sha256sum >a
	dset-show d --cat | sha256sum | cmp - a
}

@test "an LMDB made by Caffe" {
	[ -d "$golden" ] || skip "no shared data"
	dset-show "$golden/lmdb_raw_64x48" >out
	grep -q '8 records *lmdb *3x48x64 *raw' out
	grep -q '^21 *1' out
	dset-show "$golden/lmdb_encoded_asis" --verify
	dset-show "$golden/lmdb_raw_64x48" --diff "$golden/lmdb_png_64x48"
	dset-show "$golden/lmdb_gray_64x48" --export e
	[ "$(find e -name '*.png' | wc -l)" -eq 8 ]
	cp -r "$golden/lmdb_raw_64x48" copy
	chmod -R u+w copy
	rm -f copy/lock.mdb
	dset-show copy >/dev/null
	[ ! -e copy/lock.mdb ]
}

@test "HDF5 and several labels" {
	make_set --backend hdf5
	dset-show d >out
	grep -q '^train *12 records *hdf5 *1x2x4' out
	dset-show --verify d | grep -q '16 records, 0 bad, 2 digests'
	dset-show --cat d -p train | tar tf - | grep -q 00000003.data.npy
	for i in 1 2 3 4; do echo "src/one/$i.pgm $i.5 0"; done >l
	dset-create -q --list l --labels-from column --val 0 --gray --size 4x2 \
	    -o r >/dev/null
	dset-show --verify r | grep -q '4 records, 0 bad, 1 digest'
	dset-show --cat r | tar tf - | grep -q 000000003.label.npy
	# one number is no class: 1.5 is not 1
	for i in 1 2 3 4; do echo "src/one/$i.pgm $i.5"; done >l
	dset-create -q --backend hdf5 --list l --labels-from column --val 0 \
	    --gray --size 4x2 -o one >/dev/null
	dset-show --verify one | grep -q '4 records, 0 bad, 1 digest'
	dset-show --export two one
	[ "$(grep -c "$(printf '\t')[1-4].5\$" two/train.txt)" -eq 4 ]
	sed 's/5$/75/' l >m
	dset-create -q --backend hdf5 --list m --labels-from column --val 0 \
	    --gray --size 4x2 -o other >/dev/null
	run dset-show one --diff other
	[ "$status" -eq 1 ]
	[[ "$output" == *'4 records differ'* ]]
}

@test "pictures that are not encoded are plain pixels" {
	mkdir -p "$BATS_TEST_TMPDIR/p/a" "$BATS_TEST_TMPDIR/p/b"
	for c in a b; do
		printf 'P5\n2 2\n255\nab%sd' "$c" >"$BATS_TEST_TMPDIR/p/$c/1.pgm"
		printf 'P5\n2 2\n255\nxy%sd' "$c" >"$BATS_TEST_TMPDIR/p/$c/2.pgm"
	done
	dset-create -q --gray --size 2 --encoding none -o "$BATS_TEST_TMPDIR/d" \
	    "$BATS_TEST_TMPDIR/p"
	dset-show "$BATS_TEST_TMPDIR/d" |
	    grep -F ': classification, pictures stored as plain pixels'
}

@test "--json beside what is no text has no effect, and that is said" {
	make_set
	for how in --cat "--export x" "--montage m.png"; do
		# shellcheck disable=SC2086
		dset-show d $how --json --count 1 2>err >/dev/null
		grep -q -e "--json has no effect beside ${how%% *}" err
	done
	[ -s m.png ]
}
