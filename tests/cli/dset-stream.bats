#!/usr/bin/env bats
# dset-create -t stream: a tar of samples, from a pipe or a file.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
}

# sample NAME WHAT...: a file below s: "gray W H V", "npy SHAPE NUMBERS...", or a text.
sample() {
	local name=s/$1
	shift
	mkdir -p "$(dirname "$name")"
	case $1 in
	gray) python3 -c "print('P2', $2, $3, 255, *[$4] * ($2 * $3))" >"$name" ;;
	npy) python3 - "${@:2}" >"$name" <<'END'
import struct, sys
kind, shape, v = sys.argv[1], sys.argv[2], [float(x) for x in sys.argv[3:]]
code = {'<f4': 'f', '|u1': 'B', '<f8': 'd'}[kind]
v = v if code != 'B' else [int(x) for x in v]
head = ("{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (kind, shape)).encode()
head += b' ' * ((64 - (11 + len(head)) % 64) % 64) + b'\n'
sys.stdout.buffer.write(b'\x93NUMPY\1\0' + struct.pack('<H', len(head)) + head +
                        struct.pack('<%d%s' % (len(v), code), *v))
END
		;;
	*) printf '%s' "$*" >"$name" ;;
	esac
}

pack() {
	tar -cf - --format=ustar -C s -- "$@"
}

create() {
	dset-create -t stream --no-shuffle --val 0 "$@"
}

@test "classes: by number, by name, in JSON; in the order of the stream" {
	for i in 0 1 2 3; do
		sample $i.pgm gray 3 2 $((i * 10))
		sample $i.cls "$((i % 2 * 2))"
	done
	# A label may come first, or much later.
	pack 0.cls 0.pgm 2.pgm 3.pgm 1.pgm 3.cls 1.cls 2.cls | create --gray -o d -
	[ "$(cat d/train.txt)" = "$(printf '0 0\n2 0\n3 2\n1 2')" ]
	[ "$(cat d/labels.txt)" = "$(printf '0\n1\n2')" ]
	dset-show d | grep -q '1x2x3'
	pack . >s.tar
	create --gray --labels <(printf 'a\nb\nc\n') -o e s.tar
	[ "$(cat e/labels.txt)" = "$(printf 'a\nb\nc')" ]
	sample 0.cls 'big dog'
	sample 1.cls cat
	sample 2.cls 'big dog'
	sample 3.cls cat
	gzip -c <(pack .) | create --gray --size 2x2 -o f
	[ "$(cat f/labels.txt)" = "$(printf 'big dog\ncat')" ]
	grep -q '^1 1$' f/train.txt
	rm s/*.cls
	for i in 0 1 2 3; do sample $i.json "{\"label\": \"n$((i % 2))\", \"x\": [1]}"; done
	pack . | create -o g
	[ "$(cat g/labels.txt)" = "$(printf 'n0\nn1')" ]
	python3 -c '
import json
assert json.load(open("g/dataset.json"))["options"]["stream"] == "-"'
	# On any number of threads the same bytes.
	pack . | create -j 4 -o h
	cmp g/train_db/data.mdb h/train_db/data.mdb
}

@test "numbers: as an array, as text, in JSON; arrays in place of pictures" {
	for i in 1 2 3; do
		sample a/$i.data.npy npy '<f4' '(2, 1, 2)' $i .5 -1 4
		sample a/$i.label.npy npy '<f8' '(2,)' $i .25
	done
	pack a | create -o d
	dset-show d | grep -q '2x1x2'
	grep -q '^task\|regression' <(dset-show d)
	grep -q '^a/2	2 0.25$' d/train.txt
	dset-show d --cat | tar -xf - -O 000000001.data.npy | tail -c 16 |
	    python3 -c '
import struct, sys
assert struct.unpack("<4f", sys.stdin.buffer.read()) == (2, .5, -1, 4)'
	[ ! -e d/mean.binaryproto ]
	dset-show d --verify
	pack a | create --backend hdf5 -o h
	dset-show h | grep -q '2x1x2'
	# Bytes stay bytes; labels of two and three axes keep them.
	rm -r s/a
	sample b/1.npy npy '|u1' '(2, 1, 1)' 7 200
	sample b/1.label.npy npy '<f4' '(2, 3)' 1 2 3 4 5 6
	sample b/2.npy npy '|u1' '(2, 1, 1)' 7 201
	sample b/2.label.npy npy '<f4' '(2, 3)' 1 2 3 4 5 7
	pack b | create -o e
	dset-show e --cat | create -o f
	cmp e/train_db/features/data.mdb f/train_db/features/data.mdb
	cmp e/train_db/labels/data.mdb f/train_db/labels/data.mdb
	python3 -c '
import json
c = json.load(open("e/dataset.json"))["columns"]
assert c == [{"name": "label", "kind": "numbers", "shape":
              {"channels": 1, "height": 2, "width": 3}}], c'
	rm -r s/b
	sample 1.pgm gray 2 2 1
	sample 1.txt ' 1.5
	-2 '
	sample 2.pgm gray 2 2 2
	sample 2.txt '3 4'
	pack . | create -o g
	[ "$(sort g/train.txt)" = "$(printf '1\t1.5 -2\n2\t3 4')" ]
	rm s/*.txt
	sample 1.json '[1.5, -2]'
	sample 2.json '{"label": [3, 4]}'
	pack . | create -o i
	[ "$(sort g/train.txt)" = "$(sort i/train.txt)" ]
}

@test "pictures of pictures: targets and masks" {
	for i in 1 2; do
		sample $i.pgm gray 2 2 $((i * 10))
		sample $i.label.pgm gray 4 4 $((i * 10 + 1))
	done
	pack . | create --gray -o d
	dset-show d --export e
	ls e/train/targets/000000001.png
	grep -q '"task": "image"' d/dataset.json
	run -3 bash -c 'tar -cf - -C s . | dset-create -t stream --label-pictures mask -o f'
	[[ "$output" = *"4x4 pixels, and the picture 2x2"* ]]
	for i in 1 2; do sample $i.label.pgm gray 2 2 "$i"; done
	pack . | create --gray --label-pictures mask -o f
	grep -q '"task": "segmentation"' f/dataset.json
	dset-show f | grep -q '^1  *4  '
	pack . | create --gray --label-pictures mask --size 6x6 -o g
	dset-show g | grep -q '^2  *36  '
	pack . | create --gray --size 4x4 --target-size 1x1 --target-color -o h
	dset-show h | grep -q '3x1x1'
}

@test "what a data set gives out is taken in, with its parts" {
	for c in a b; do
		for i in 1 2 3 4; do
			mkdir -p photos/$c
			python3 -c "print('P2 2 2 255', *[$i * 20 + ord('$c')] * 4)" >photos/$c/$i.pgm
		done
	done
	dset-create --size 2x2 -o d photos
	run --separate-stderr bash -c 'dset-show d --cat | dset-create -t stream --no-shuffle --labels d/labels.txt -o e'
	[[ "$stderr" = *"standard input: taken as parts: the keys begin with train, val"* ]]
	dset-show d --diff e -p train
	[ "$(wc -l <e/val.txt)" -eq "$(wc -l <d/val.txt)" ]
	# Or shared out.
	dset-show d --cat -p train | dset-create -t stream --val 34 --test 34 -o f
	[ -s f/val.txt ] && [ -s f/test.txt ]
}

@test "a tar that was cut short is refused wherever it was cut" {
	for i in 1 2 3; do
		sample $i.pgm gray 2 2 "$i"
		sample $i.cls "$i"
	done
	pack 1.pgm 1.cls 2.pgm 2.cls 3.pgm 3.cls >all.tar
	create -o d all.tar
	for n in 0 100 512 700 1024 2048 3072 5000; do
		head -c "$n" all.tar >cut.tar
		run -3 create -o e cut.tar
		[ ! -e e ]
	done
	run -3 create -o e cut.tar
	[[ "$output" = *"cut.tar: "* ]]
	# Between two files: nothing is wrong but that the end is missing.
	head -c 4096 all.tar >cut.tar
	run -3 create -o e cut.tar
	[[ "$output" = *"cut.tar: the archive has no end: whoever made it stopped half-way"* ]]
	gzip -c cut.tar >cut.tgz
	run -3 create -o e cut.tgz
	# A producer that dies.
	run -3 bash -c '(head -c 4096 all.tar; kill $BASHPID) | dset-create -t stream -o e -'
	[[ "$output" = *"standard input: the archive has no end"* ]]
	[ -z "$(find . -name '.e*')" ]
	# One behind the other is one, whose keys come twice.
	run -3 bash -c 'cat all.tar all.tar | dset-create -t stream -o f'
	[[ "$output" = *"1: "*" comes twice"* ]]
}

@test "halves of samples, doubles and other kinds are named and counted" {
	sample 1.pgm gray 2 2 1
	sample 1.cls 0
	sample 2.pgm gray 2 2 2
	sample 3.cls 1
	sample 4.pgm gray 2 2 3
	sample 4.label.npy npy '<f4' '(2,)' 1 2
	sample 5.pgm gray 2 2 4
	sample 5.cls 1
	sample 6.pgm gray 2 2 5
	sample 6.ppm gray 2 2 5
	sample 6.cls 1
	sample 7.pgm gray 2 2 6
	sample 7.cls ''
	sample 8.pgm not a picture
	sample 8.cls 1
	sample README hello
	ln -s 1.pgm s/9.pgm
	pack . >s.tar
	run -1 --separate-stderr create -o d --bad bad.json s.tar
	[[ "$stderr" = *"2: has a picture, but no label (KEY.cls, KEY.label.npy, KEY.label.png, KEY.txt or KEY.json)"* ]]
	[[ "$stderr" = *"3: has KEY.cls, but no picture or array"* ]]
	[[ "$stderr" = *"4: has KEY.label.npy, where others have KEY.cls"* ]]
	[[ "$stderr" = *"6: a picture comes twice"* ]]
	[[ "$stderr" = *"7: KEY.cls is empty"* ]]
	[[ "$stderr" = *"9.pgm: is a link"* ]]
	[[ "$stderr" = *"1 file is passed over, no part of a sample: README"* ]]
	[ "$(wc -l <d/train.txt)" -eq 2 ]
	[ "$(wc -l <bad.json)" -eq 7 ]
	run -3 create -o e --max-bad 2 s.tar
	[ ! -e e ]
	# Nothing at all.
	run -3 bash -c 'tar -cf - -C s README | dset-create -t stream -o e'
	[[ "$output" = *"no samples, but README"* ]]
	run -3 bash -c 'echo hello | dset-create -t stream -o e'
	run -4 create -o e nowhere.tar
	# Several shapes.
	rm -r s
	sample 1.pgm gray 2 2 1
	sample 1.cls 0
	sample 2.pgm gray 3 2 2
	sample 2.cls 0
	pack 1.pgm 1.cls 2.pgm 2.cls >s.tar
	run -3 create -o e s.tar
	[[ "$output" = *"2: 3x2 pixels, where 1 has 2x2: --size WxH makes them alike, --no-same-shape keeps them as they are"* ]]
	create --no-same-shape -o e s.tar
	create --size 2x2 -o f s.tar
	# What has no place beside it.
	run -2 create -o g s.tar s.tar
	run -2 create -o g --list x s.tar
	run -2 create -o g --val-folder x s.tar
	run -2 create -o g --no-same-shape --backend hdf5 s.tar
	[ ! -e g ]
}
