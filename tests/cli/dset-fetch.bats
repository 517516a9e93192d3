#!/usr/bin/env bats
# dset-fetch: idx and CIFAR files, plain, gzip, in archives and over HTTP.

bats_require_minimum_version 1.5.0
load servers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
}

teardown() {
	servers_stop
}

# idx NAME N: N pictures of 3x2 and their labels 0, 1, 2, 0, …
idx() {
	n=$(printf '\\%03o' "$2")
	printf '\0\0\010\003\0\0\0'"$n"'\0\0\0\002\0\0\0\003' >"$1-images-idx3-ubyte"
	printf '\0\0\010\001\0\0\0'"$n" >"$1-labels-idx1-ubyte"
	i=0
	while [ "$i" -lt "$2" ]; do
		printf "\\$(printf %03o "$i")\\144abcd" >>"$1-images-idx3-ubyte"
		printf "\\$(printf %03o $((i % 3)))" >>"$1-labels-idx1-ubyte"
		i=$((i + 1))
	done
}

# cifar FILE N BYTES: N records, label i % 10 after BYTES - 1 zeros.
cifar() {
	i=0
	while [ "$i" -lt "$2" ]; do
		[ "$3" -eq 1 ] || printf '\001'
		printf "\\$(printf %03o $((i % 10)))"
		head -c 1024 /dev/zero | tr '\0' '\377'
		head -c 2048 /dev/zero
		i=$((i + 1))
	done >"$1"
}

@test "idx: class folders, lists, labels, histogram" {
	mkdir raw
	(cd raw && idx train 7 && idx t10k 3)
	dset-fetch mnist --from raw -o m >out
	[ "$(find m/train/0 -name '*.png' | wc -l)" -eq 3 ]
	[ -s m/train/1/00001.png ]
	[ "$(sed -n 2p m/train.txt)" = 'm/train/1/00001.png 1' ]
	[ "$(wc -l <m/test.txt)" -eq 3 ]
	[ "$(wc -l <m/labels.txt)" -eq 10 ]
	[ "$(ls -A m)" = "$(printf '.nnutils-files\nlabels.txt\ntest\ntest.txt\ntrain\ntrain.txt')" ]
	grep -q '^0  *3  *1' out
}

@test "the progress of writing has a total: of headers, of sizes" {
	mkdir raw bin
	(cd raw && idx train 7 && idx t10k 3)
	run --separate-stderr dset-fetch mnist --from raw -o m --progress=json
	[ "$status" -eq 0 ]
	[[ $stderr == *'"progress": "train", "done": 7, "total": 7, '* ]]
	[[ $stderr == *'"progress": "test", "done": 3, "total": 3, '* ]]
	cifar bin/data_batch_1.bin 3 1
	cifar bin/data_batch_2.bin 2 1
	cifar bin/test_batch.bin 1 1
	run --separate-stderr dset-fetch cifar10 --from bin -o c --progress=json
	[ "$status" -eq 0 ]
	[[ $stderr == *'"progress": "train", "done": 5, "total": 5, '* ]]
}

@test "the pixels survive, inverted on demand, and dset-create takes it" {
	mkdir raw
	(cd raw && idx train 9 && idx t10k 3)
	dset-fetch mnist --from raw -o m >/dev/null
	dset-fetch mnist --invert --from raw -o i >/dev/null
	dset-create -q --gray --size 3x2 --encoding none --val 0 --list m/train.txt \
	    --no-shuffle --labels m/labels.txt -o d >/dev/null
	strings -n 4 d/train_db/data.mdb | grep -q dabcd
	! cmp -s m/train/0/00000.png i/train/0/00000.png || false
}

@test "gzip, and other sets of the same form" {
	mkdir raw
	(cd raw && idx emnist-letters-train 6 && idx emnist-letters-test 3 && gzip ./*)
	dset-fetch letters --from raw -o m >/dev/null
	[ "$(cat m/labels.txt)" = "$(printf '0\n1\n2')" ]
	[ "$(ls m/train)" = "$(printf '0\n1\n2')" ]
}

@test "CIFAR-10 in an archive, CIFAR-100 fine and coarse" {
	mkdir cifar-10-batches-bin c100
	cifar cifar-10-batches-bin/data_batch_1.bin 11 1
	cifar cifar-10-batches-bin/data_batch_2.bin 2 1
	cifar cifar-10-batches-bin/test_batch.bin 3 1
	tar czf c.tar.gz cifar-10-batches-bin
	dset-fetch cifar10 --from c.tar.gz -o c >/dev/null
	[ "$(wc -l <c/train.txt)" -eq 13 ]
	[ "$(wc -l <c/test.txt)" -eq 3 ]
	[ -s c/train/airplane/00011.png ]
	[ ! -e c/.unpacked ]
	cifar c100/train.bin 3 2
	cifar c100/test.bin 1 2
	dset-fetch cifar100 --from c100 -o f >/dev/null
	[ -s f/train/baby/00002.png ]
	dset-fetch cifar100 --coarse --from c100 -o g >/dev/null
	[ "$(cut -d' ' -f2 g/train.txt | sort -u)" = 1 ]
	[ -s g/train/fish/00002.png ]
}

@test "damage: cut short, wrong counts, a label that is none, nothing there" {
	mkdir raw
	(cd raw && idx train 7 && idx t10k 3)
	cp -r raw cut
	truncate -s -1 cut/train-images-idx3-ubyte
	run dset-fetch mnist --from cut -o m
	[ "$status" -eq 3 ]
	[[ $output == *'ends in the middle of record 6'* ]]
	cp -r raw count
	(cd count && idx train 6 && cp ../raw/train-images* .)
	run dset-fetch mnist --from count -o m
	[ "$status" -eq 3 ]
	printf '\200' | dd of=raw/t10k-labels-idx1-ubyte bs=1 seek=9 conv=notrunc
	run dset-fetch mnist --from raw -o m
	[ "$status" -eq 3 ]
	[[ $output == *'label 128 of 10'* ]]
	mkdir none
	run dset-fetch mnist --from none -o m
	[ "$status" -eq 4 ]
	run dset-fetch nosuch -o m
	[ "$status" -eq 2 ]
	run dset-fetch mnist --from nowhere -o m
	[ "$status" -eq 4 ]
	[ ! -e m ]
	[ -z "$(find . -name '.m.*')" ]
}

@test "over HTTP, once: the second time from the cache" {
	command -v python3 >/dev/null || skip "no python3"
	mkdir raw
	(cd raw && idx train 7 && idx t10k 3 && gzip ./*)
	python_start raw
	export NNUTILS_CACHE=$PWD/cache
	dset-fetch mnist --from "$PYTHON_URL" -o m >/dev/null
	servers_stop
	[ "$(wc -l <m/train.txt)" -eq 7 ]
	dset-fetch mnist --from "$PYTHON_URL" -o n >/dev/null
	cmp m/train/0/00000.png n/train/0/00000.png
	export NNUTILS_CACHE=$PWD/other
	run dset-fetch mnist --from "http://127.0.0.1:1/" -o o
	[ "$status" -eq 6 ]
	[ ! -e o ]
}
