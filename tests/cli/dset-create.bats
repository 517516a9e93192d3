#!/usr/bin/env bats
# dset-create: splits, lists, labels, reproducible bytes, and every way to fail.

load servers

teardown() {
	servers_stop
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	shared=$BATS_TEST_DIRNAME/../../../shared
}

# gray FILE VALUE...: a PGM of 4x4 pixels whose first ones have these values.
gray() {
	local file=$1 i v
	shift
	mkdir -p "$(dirname "$file")"
	{
		printf 'P2\n4 4\n255\n'
		for v in "$@"; do echo "$v"; done
		i=$#
		while [ "$i" -lt 16 ]; do
			echo 0
			i=$((i + 1))
		done
	} >"$file"
}

# pictures DIR CLASS N: N pictures, no two the same.
pictures() {
	local i=0 c
	c=$(printf '%s' "$2" | cksum | cut -c1-2)
	while [ "$i" -lt "$3" ]; do
		gray "$1/$2/$i.pgm" "$c" "$i" 7
		i=$((i + 1))
	done
}

make_two() {
	pictures src cat 8
	pictures src dog 4
}

sums() {
	(cd "$1" && find . -name data.mdb -exec sha256sum {} + | sort -k2)
}

@test "class folders: split, lists, labels, mean, counts" {
	make_two
	dset-create --size 4x4 --gray -o d src >out
	grep -q '^pictures  *train  *val$' out
	grep -q '^cat  *6  *2' out
	grep -q '^dog  *3  *1' out
	[ "$(cat d/labels.txt)" = "$(printf 'cat\ndog')" ]
	[ "$(wc -l <d/train.txt)" -eq 9 ]
	[ "$(wc -l <d/val.txt)" -eq 3 ]
	[ ! -e d/test_db ]
	[ -s d/mean.binaryproto ] && [ -s d/mean.png ]
	[ "$(ls d/train_db)" = data.mdb ]
	grep -q '"digest": "nnutils-1:' d/dataset.json
	cut -d' ' -f1 d/train.txt d/val.txt | sort >used
	find src -name '*.pgm' | sort | diff - used
}

@test "the same bytes whatever -j, other bytes for another seed" {
	make_two
	pictures src bird 50
	for how in png jpg none; do
		dset-create -q -j1 --size 8x6 --encoding $how -o a$how src
		dset-create -q -j2 --size 8x6 --encoding $how -o b$how src
		dset-create -q -j7 --size 8x6 --encoding $how -o c$how src
		[ "$(sums a$how)" = "$(sums b$how)" ]
		[ "$(sums a$how)" = "$(sums c$how)" ]
		cmp a$how/train.txt c$how/train.txt
		cmp a$how/mean.binaryproto c$how/mean.binaryproto
	done
	dset-create -q --seed 1 --size 8x6 -o s src
	[ "$(sums apng)" != "$(sums s)" ]
	dset-create -q --size 8x6 --resize fill -j1 -o f1 src
	dset-create -q --size 8x6 --resize fill -j3 -o f3 src
	[ "$(sums f1)" = "$(sums f3)" ]
}

@test "an existing output is refused, then replaced with -f" {
	make_two
	dset-create -q --size 4x4 -o d src
	run dset-create --size 4x4 -o d src
	[ "$status" -eq 8 ]
	dset-create -q -f --gray --size 4x4 -o d src
	grep -q '"channels": 1' d/dataset.json
}

@test "separate val and test folders; unknown classes there are named" {
	make_two
	pictures v cat 3
	pictures v dog 2
	pictures v cow 2
	pictures t dog 2
	run dset-create --size 4x4 --duplicates ignore --val-folder v \
	    --test-folder t -o d src
	[ "$status" -eq 1 ]
	[[ $output == *'v/cow'*'not in the training classes'* ]]
	[ "$(wc -l <d/train.txt)" -eq 12 ]
	[ "$(wc -l <d/val.txt)" -eq 5 ]
	[ "$(wc -l <d/test.txt)" -eq 2 ]
	! grep -v ' 1$' d/test.txt || false
}

@test "a list for validation beside folders: numbers are their classes" {
	make_two
	pictures v x 2
	printf 'v/x/0.pgm 1\nv/x/1.pgm 0\nv/x/1.pgm 2\n' >l
	run dset-create --val-list l --duplicates ignore --size 4x4 -o d src
	[ "$status" -eq 1 ]
	[[ $output == *'label "2" is not within 0 to 1'* ]]
	[ "$(sort d/val.txt)" = "$(printf 'v/x/0.pgm 1\nv/x/1.pgm 0')" ]
	[ "$(wc -l <d/train.txt)" -eq 12 ]
}

@test "lists: labels, blanks in paths, stdin, -0, root, val list" {
	pictures src 'a b' 3
	pictures src c 2
	{
		for i in 0 1 2; do echo "a b/$i.pgm 0"; done
		echo
		for i in 0 1; do echo "c/$i.pgm   2 "; done
	} >l
	printf 'x\ny\nz\n' >names
	dset-create -q --root src --list l --labels names --val 0 \
	    --no-shuffle --size 4x4 -o d
	[ "$(cat d/labels.txt)" = "$(cat names)" ]
	[ "$(sed -n 4p d/train.txt)" = 'src/c/0.pgm 2' ]
	sed '/^$/d; s,^,src/,' l | tr '\n' '\0' |
	    dset-create -q -0 --list - --val 0 --no-shuffle --size 4x4 -o e
	cmp d/train.txt e/train.txt
	[ "$(sums d)" = "$(sums e)" ]
	[ "$(cat e/labels.txt)" = "$(printf '0\n1\n2')" ]
	echo 'c/1.pgm 2' >v
	dset-create -q --root src --list l --val-list v --size 4x4 \
	    --duplicates ignore -o f
	[ "$(wc -l <f/train.txt)" -eq 5 ]
	[ "$(cat f/val.txt)" = 'src/c/1.pgm 2' ]
}

@test "a list with a missing file: named, skipped, exit 1, --bad, --max-bad" {
	make_two
	find src -name '*.pgm' | sed 's/$/ 0/' >l
	echo 'src/no.pgm 0' >>l
	echo 'no label here' >>l
	run dset-create --list l --size 4x4 --bad bad.json -o d
	[ "$status" -eq 1 ]
	[[ $output == *'src/no.pgm: '*'No such file'* ]]
	[[ $output == *'l: record 14: '* ]]
	[ "$(wc -l <bad.json)" -eq 2 ]
	grep -q '"path": "src/no.pgm"' bad.json
	grep -q '"skipped_count": 2' d/dataset.json
	[ "$(cat d/train.txt d/val.txt | wc -l)" -eq 12 ]
	# a share of the lines, while they are read and afterwards
	run dset-create --list l --size 4x4 --max-bad 5% -o e
	[ "$status" -eq 3 ]
	[[ $output == *'bad items: 1 of 14, more than 5 % (--max-bad)'* ]]
	run dset-create --list l --size 4x4 --max-bad 10% -o e
	[ "$status" -eq 3 ]
	[[ $output == *'bad items: 2 of 14, more than 10 % (--max-bad)'* ]]
	[ ! -e e ]
	run dset-create --list l --size 4x4 --max-bad 15% -o f
	[ "$status" -eq 1 ]
	run dset-create --list l --size 4x4 --max-bad 1 -o e
	[ "$status" -eq 3 ]
	[ ! -e e ]
	[ -z "$(find . -name '.e.tmp*')" ]
}

@test "pictures that are none are skipped and the rest is used" {
	make_two
	echo 'not a picture' >src/cat/0.pgm
	: >src/cat/1.pgm
	run dset-create --size 4x4 -o d src
	[ "$status" -eq 1 ]
	[[ $output == *'src/cat/0.pgm: '* ]]
	[[ $output == *'src/cat/1.pgm: '* ]]
	[ "$(cat d/train.txt d/val.txt | wc -l)" -eq 10 ]
}

@test "nothing usable: exit 3, nothing left" {
	mkdir -p src/a src/b
	for f in src/a/1.png src/a/2.png src/b/1.png src/b/2.png; do
		echo x >$f
	done
	run dset-create --size 4x4 -o d src
	[ "$status" -eq 3 ]
	[ "$(ls -A)" = src ]
}

@test "a class with one picture is left out and named" {
	make_two
	pictures src ant 1
	run dset-create --size 4x4 -o d src
	[ "$status" -eq 1 ]
	[[ $output == *'src/ant: 1 picture, fewer than the 2'* ]]
	[ "$(cat d/labels.txt)" = "$(printf 'cat\ndog')" ]
	grep -q '"class": "ant"' d/dataset.json
	dset-create -f --min-per-class 2 --size 4x4 -o d src
	dset-create -f --min-per-class 1 --val 0 --size 4x4 -o d src
	grep -q ant d/labels.txt
}

@test "two classes with the same name: exit 3, both named" {
	make_two
	pictures src big_cat 2
	pictures src 'big cat' 2
	run dset-create --size 4x4 -o d src
	[ "$status" -eq 3 ]
	[[ $output == *'big cat'*'big_cat'*'two classes with the name "big cat"'* ]]
	[ ! -e d ]
	make_two
	printf 'a\nb\na\n' >names
	echo 'src/cat/0.pgm 0' >l
	run dset-create --size 4x4 --labels names --list l -o d
	[ "$status" -eq 3 ]
	[[ $output == *'two classes with the name "a"'* ]]
}

@test "class map: renamed, merged, left out" {
	make_two
	pictures src puppy 3
	pictures src cow 3
	printf 'puppy\tdog\ncow\t\ncat\ttiger\n' >map
	dset-create -q --duplicates ignore --class-map map --size 4x4 -o d src
	[ "$(sort d/labels.txt)" = "$(printf 'dog\ntiger')" ]
	[ "$(cat d/train.txt d/val.txt | wc -l)" -eq 15 ]
	! grep -q cow d/train.txt || false
}

@test "sources of the same classes are put together" {
	make_two
	pictures more cat 2
	dset-create -q --duplicates ignore --size 4x4 -o d src more
	[ "$(wc -l <d/labels.txt)" -eq 2 ]
	[ "$(cat d/train.txt d/val.txt | wc -l)" -eq 14 ]
}

@test "no folder, no classes, a file: sentences and statuses" {
	make_two
	run dset-create -o d nowhere
	[ "$status" -eq 4 ]
	[[ $output == *nowhere* ]]
	mkdir empty
	run dset-create -o d empty
	[ "$status" -eq 3 ]
	run dset-create -o d src/cat/0.pgm
	[ "$status" -eq 2 ]
	run dset-create -o d
	[ "$status" -eq 2 ]
	run dset-create -o d --val 60 --test 50 src
	[ "$status" -eq 2 ]
	run dset-create --list nolist -o d
	[ "$status" -eq 4 ]
	[ ! -e d ]
}

@test "an unreadable folder: exit 5, nothing left" {
	make_two
	mkdir out
	chmod 777 . out
	chmod 000 src/cat
	if [ "$(id -u)" -eq 0 ]; then
		command -v setpriv >/dev/null || skip "no setpriv"
		setpriv --reuid 65534 --clear-groups true || skip "no users"
		bin=$(command -v dset-create)
		setpriv --reuid 65534 --clear-groups test -x "$bin" ||
			skip "the build is not readable for others"
		run setpriv --reuid 65534 --clear-groups "$bin" --size 4x4 \
		    -o out/d src
	else
		run dset-create --size 4x4 -o out/d src
	fi
	chmod 755 src/cat
	[ "$status" -eq 5 ]
	[[ $output == *src/cat*'Permission denied'* ]]
	[ -z "$(ls -A out)" ]
}

@test "a full disk: exit 5, nothing left" {
	[ "$(id -u)" -eq 0 ] || skip "not root"
	mkdir small
	mount -t tmpfs -o size=1m none small || skip "no mount"
	make_two
	run dset-create --size 512x512 --encoding none -o small/d src
	ls -A small >left
	umount small
	[ "$status" -eq 5 ]
	[[ $output == *'No space left'* ]]
	[ ! -s left ]
}

@test "the same picture in train and val is named; drop leaves it out" {
	make_two
	pictures val cat 2
	gray val/dog/x.pgm 200 1
	gray val/dog/y.pgm 201 1
	run dset-create --size 4x4 --val-folder val -o d src
	[ "$status" -eq 0 ]
	[[ $output == *'val/cat/0.pgm: val picture of cat is the same as src/cat/0.pgm, train'* ]]
	grep -q '"across_parts": 2' d/dataset.json
	dset-create -q --size 4x4 --val-folder val --duplicates drop -o e src
	[ "$(wc -l <e/val.txt)" -eq 2 ]
	grep -q '"dropped": 2' e/dataset.json
}

@test "shards: disjoint, together everything, keys of the whole" {
	make_two
	dset-create -q --size 4x4 -o all src
	dset-create -q --size 4x4 --shard 1/2 -o one src
	dset-create -q --size 4x4 --shard 2/2 -o two src
	sort all/train.txt >want
	sort one/train.txt two/train.txt | diff - want
	[ "$(sed -n 2p all/train.txt)" = "$(sed -n 1p two/train.txt)" ]
	run dset-create --size 4x4 --shard 3/2 -o three src
	[ "$status" -eq 2 ]
}

@test "several numbers: features and labels" {
	make_two
	for i in 0 1 2 3; do echo "src/cat/$i.pgm 0.5 -$i 1e3"; done >l
	dset-create -q --list l --labels-from column --val 25 --size 4x4 -o d
	[ -s d/train_db/features/data.mdb ]
	[ -s d/train_db/labels/data.mdb ]
	grep -q '"labels_per_record": 3' d/dataset.json
	[ ! -e d/labels.txt ]
	dset-create -q -f --list l --labels-from column --val 25 --size 4x4 -o d
	echo 'src/cat/5.pgm 1 2' >>l
	run dset-create --list l --labels-from column --size 4x4 -o e
	[ "$status" -eq 1 ]
	[[ $output == *'2 labels, but the first line has 3'* ]]
}

@test "hdf5: a list and files that are the same every time" {
	make_two
	dset-create -q --backend hdf5 --size 4x4 -j1 -o d src
	dset-create -q --backend hdf5 --size 4x4 -j3 -o e src
	[ "$(cat d/train_db/list.txt)" = 0.h5 ]
	cmp d/train_db/0.h5 e/train_db/0.h5
	dset-create -q --backend hdf5 --compression gzip --size 64x64 -o f src
	[ "$(stat -c %s f/train_db/0.h5)" -lt 100000 ]
}

@test "--deps names every picture" {
	make_two
	dset-create -q --deps d.mk --size 4x4 -o d src
	grep -q '^d:' d.mk
	grep -q 'src/cat/0.pgm' d.mk
	grep -q 'src/dog ' d.mk
}

@test "--events: start, parts, end" {
	make_two
	dset-create -q --events ev --size 4x4 -o d src
	[ "$(wc -l <ev)" -eq 6 ]
	head -n 1 ev | grep -q '"event": *"start"'
	grep '"part_end"' ev | grep '"train"' | grep -q '"records": *9'
	tail -n 1 ev | grep -q '"event": *"end"'
}

@test "--json and --tsv" {
	make_two
	dset-create --json --size 4x4 -o d src >j
	head -1 j | grep -q '"train": *9'
	grep -q '"class": *"cat", *"train": *6, *"val": *2' j
	dset-create -f --tsv --size 4x4 -o d src >t
	[ "$(sed -n 3p t)" = "$(printf '1\tdog\t3\t1')" ]
}

@test "SIGTERM: exit 75, nothing left; SIGKILL: the next run works" {
	pictures src a 300
	pictures src b 300
	for s in TERM KILL; do
		dset-create -q --size 600x600 -j1 -o d src &
		p=$!
		sleep 0.3
		catches $p
		kill -$s $p
		status=0
		wait $p || status=$?
		[ ! -e d ]
		if [ $s = TERM ]; then
			[ "$status" -eq 75 ]
			[ -z "$(find . -maxdepth 1 -name '.d.*')" ]
		fi
	done
	dset-create -q --size 8x8 -o d src
	[ -z "$(find . -maxdepth 1 -name '.d.*')" ]
	[ "$(cat d/train.txt d/val.txt | wc -l)" -eq 600 ]
}

@test "killed at 20 moments, with -f over a data set: old or new, never half" {
	pictures src a 40
	pictures src b 40
	dset-create -q --size 64x64 --encoding none -o d src
	old=$(sums d)
	dset-create -q --size 64x64 --encoding none --seed 5 -o n src
	new=$(sums n)
	for k in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		dset-create -q -f --size 64x64 --encoding none --seed 5 -o d src &
		sleep "0.0$((k * 37 % 90 + 10))"
		kill -KILL $! 2>/dev/null || true
		wait $! || true
		got=$(sums d)
		[ "$got" = "$old" ] || [ "$got" = "$new" ]
		dset-show --verify d >/dev/null
		[ ! -e d/train_db/lock.mdb ]
	done
	dset-create -q -f --size 64x64 --encoding none -o d src
	[ "$(sums d)" = "$old" ]
	[ -z "$(find . -maxdepth 1 -name '.d.*')" ]
}

@test "a web folder, URLs in lists, the cache, a server that is gone" {
	make_two
	pictures src 'big_cat' 3
	export NNUTILS_CACHE=$PWD/cache
	python_start "$PWD"
	url=${PYTHON_URL%/}
	dset-create -q --size 4x4 -o d "$url/src/"
	dset-create -q --size 4x4 -o e src
	[ "$(sums d)" = "$(sums e)" ]
	cmp d/labels.txt e/labels.txt
	{
		echo "$url/src/cat/0.pgm 0"
		echo "src/dog/0.pgm 1"
		echo "$url/src/cat/none.pgm 0"
	} >l
	run dset-create --list l --val 0 --size 4x4 -o f
	[ "$status" -eq 1 ]
	[[ $output == *'/src/cat/none.pgm: '*404* ]]
	[ "$(wc -l <f/train.txt)" -eq 2 ]
	servers_stop
	sed '$d' l >l2
	dset-create -q --list l2 --val 0 --size 4x4 -o g
	[ "$(sums f)" = "$(sums g)" ]
	export NNUTILS_CACHE=$PWD/empty
	run dset-create --size 4x4 -o h "$url/src/"
	[ "$status" -eq 6 ]
	[ ! -e h ]
}

@test "the cache is where it is for all programs, and may be nowhere" {
	make_two
	python_start "$PWD"
	url=${PYTHON_URL%/}
	echo "$url/src/cat/0.pgm 0" >l
	unset NNUTILS_CACHE
	# A relative XDG_CACHE_HOME does not count (its specification).
	XDG_CACHE_HOME=here HOME=$PWD/home dset-create -q --list l --val 0 \
	    --size 4x4 -o d
	[ ! -e here ]
	[ "$(find home/.cache/nnutils/dset/pictures -type f | wc -l)" -eq 1 ]
	touch before
	ls -A >before
	env -u XDG_CACHE_HOME -u HOME "$(command -v dset-create)" -q --list l \
	    --val 0 --size 4x4 -o e
	[ "$(sums d)" = "$(sums e)" ]
	rm -r e
	ls -A | diff before -
	run env -u XDG_CACHE_HOME -u HOME "$(command -v dset-fetch)" mnist \
	    --from "$url/src/" -o m
	[ "$status" -eq 2 ]
	[[ $output == *NNUTILS_CACHE* ]]
	ls -A | diff before -
}
