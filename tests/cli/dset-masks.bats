#!/usr/bin/env bats
# dset-create -t segmentation, and its sets in dset-show and model-train: masks of
# every kind, pairs, sizes, what is bad.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	shared=$BATS_TEST_DIRNAME/../../../shared/data/segmentation
	# png FILE KIND ROW...: a PNG of rows of hexadecimal pixels, written anew
	# here: g8, g1 (grey, a bit a pixel), rgb, or p and the colours of a palette.
	cat >png.py <<'END'
import os, struct, sys, zlib

def png(path, kind, rows):
    def chunk(name, data):
        return (struct.pack('>I', len(data)) + name + data +
                struct.pack('>I', zlib.crc32(name + data)))
    bits, colour = {'g': (8, 0), 'r': (8, 2), 'p': (8, 3)}[kind[0]]
    rows = [bytes.fromhex(r) for r in rows]
    width = len(rows[0]) // (3 if colour == 2 else 1)
    if kind == 'g1':
        bits = 1
        rows = [bytes([int(''.join(str(v) for v in r).ljust(8, '0'), 2)])
                for r in rows]
    out = b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack(
        '>IIBBBBB', width, len(rows), bits, colour, 0, 0, 0))
    if kind[0] == 'p':
        out += chunk(b'PLTE', bytes.fromhex(kind[1:]))
    out += chunk(b'IDAT', zlib.compress(b''.join(b'\0' + r for r in rows)))
    os.makedirs(os.path.dirname(path) or '.', exist_ok=True)
    open(path, 'wb').write(out + chunk(b'IEND', b''))

if __name__ == '__main__':
    png(sys.argv[1], sys.argv[2], sys.argv[3:])
END
}

png() {
	python3 png.py "$@"
}

# picture FILE W H GRAY: a gray picture.
picture() {
	mkdir -p "$(dirname "$1")"
	python3 -c "print('P2', $2, $3, 255, *[$4] * ($2 * $3))" >"$1"
}

# masks DSET PART: the masks of its records, a line each.
masks() {
	rm -rf exported
	dset-show "$1" -p "$2" --export exported >/dev/null
	python3 "$BATS_TEST_DIRNAME/rows.py" exported/"$2"/masks/*
}

colours=000000ff000000ff00

# Three pictures of 3x2 with masks of classes 0, 1, 2 and 255.
make_set() {
	picture images/a.pgm 3 2 10
	picture images/sub/b.pgm 3 2 20
	picture images/c.pgm 3 2 30
	png masks/a.png p$colours 000102 020100
	png masks/sub/b.png g8 0000ff 010101
	png masks/c.png g1 000101 010000
}

create() {
	dset-create -t segmentation --images images --masks masks --val 0 "$@"
}

@test "indices of a palette, grey values, single bits: the classes as they are" {
	make_set
	create --no-shuffle -o d >out
	grep -q '^pixels  *train' out
	[ "$(masks d train)" = "$(printf '000102 020100\n000101 010000\n0000ff 010101')" ]
	grep -q '^0  *7  ' out
	grep -q '^2  *2  ' out
	grep -q '^d: 3 train (3x2, seed 0)' out
	[ ! -e d/labels.txt ]
	grep -q "^images/sub/b.pgm	masks/sub/b.png$" d/train.txt
	[ -s d/train_db/features/data.mdb ] && [ -s d/train_db/labels/data.mdb ]
	grep -aq 000000002 d/train_db/labels/data.mdb
	python3 - <<'END'
import json
j = json.load(open('d/dataset.json'))
assert j['task'] == 'segmentation' and j['classes'] == [], j
assert j['palette'] == ['#000000', '#ff0000', '#00ff00'], j['palette']
assert j['columns'] == [{'name': 'label', 'kind': 'image', 'shape':
                         {'channels': 1, 'height': 2, 'width': 3}}]
p = j['parts']['train']
assert p['per_class'] == [7, 8, 2] and p['ignored_pixels'] == 1, p
assert j['options']['segmentation']['train'] == {
    'images': 'images', 'masks': 'masks', 'list': None}
END
	dset-show d --verify
	create --no-shuffle -j 4 -o e
	cmp d/train_db/labels/data.mdb e/train_db/labels/data.mdb
	# The same in HDF5, with names.
	printf 'sky\nroad\ntree\n' >names
	create --no-shuffle --backend hdf5 --class-labels names -o h >out
	grep -q '^road  *8  ' out
	cmp names h/labels.txt
	[ "$(masks h train)" = "$(masks d train)" ]
}

@test "a tenth is for validation; or other folders, or lists of stems" {
	for i in 0 1 2 3 4 5 6 7 8 9; do
		picture images/$i.pgm 2 1 "$i"
		png masks/$i.png g8 0001
	done
	dset-create -t segmentation --images images --masks masks -o d
	[ "$(wc -l <d/train.txt)" -eq 9 ] && [ "$(wc -l <d/val.txt)" -eq 1 ]
	dset-create -t segmentation --images images --masks masks \
	    --val-images images --val-masks masks --duplicates ignore -o e
	[ "$(wc -l <e/val.txt)" -eq 10 ]
	printf '3\n5\n' >train.txt
	printf '4\n' >val.txt
	dset-create -t segmentation --images images --masks masks --no-shuffle \
	    --list train.txt --val-list val.txt -o f
	[ "$(cut -f 2 f/train.txt)" = "$(printf 'masks/3.png\nmasks/5.png')" ]
	[ "$(cut -f 2 f/val.txt)" = masks/4.png ]
}

@test "colours: by a file, exactly or the nearest within a limit" {
	picture images/a.pgm 3 2 10
	png masks/a.png rgb 0000000a14c8ffffff 0000000a14c8000000
	run -3 create -o d
	[[ "$output" = *"images/a.pgm: masks/a.png: the mask is in colours and has no palette: --colormap FILE"* ]]
	printf '# R G B\n0 0 0 ground\n10,20,200\twater way\n255 255 255 ignore\n' >map
	create --colormap map -o d
	[ "$(cat d/labels.txt)" = "$(printf 'ground\nwater way')" ]
	[ "$(masks d train)" = '0001ff 000100' ]
	python3 -c '
import json
j = json.load(open("d/dataset.json"))
assert j["palette"][1] == "#0a14c8" and j["palette"][255] == "#ffffff"'
	# Not quite the colour.
	sed -i 's/200/203/' map
	run -3 create --colormap map -o e
	[[ "$output" = *"masks/a.png: the pixel at 1,0 is 10 20 200, which map does not have (--color-limit takes the nearest)"* ]]
	run -3 create --colormap map --color-limit 2 -o e
	[[ "$output" = *"which map does not have within --color-limit"* ]]
	create --colormap map --color-limit 3 -o e
	[ "$(masks e train)" = '0001ff 000100' ]
	# Grey and palette masks have colours, too.
	png masks/a.png p0000000a14cb 000100 010000
	create --colormap map -f -o e
	[ "$(masks e train)" = '000100 010000' ]
	for bad in '1 2' '1 2 300 x' 'x' '0 0 0 a\n0 0 0 b' '0 0 0 ignore'; do
		# shellcheck disable=SC2059
		printf "$bad\n" >map
		run -3 create --colormap map -o f
		[[ "$output" = *"map: "* ]]
	done
	run -4 create --colormap nowhere -o f
	[ ! -e f ]
}

@test "sizes: kept, refused, or all brought to one, masks by the nearest pixel" {
	make_set
	picture images/d.pgm 4 2 40
	png masks/d.png g8 00000101 00000202
	run -3 create -o d
	[[ "$output" = *"images/d.pgm: 4x2 pixels, where images/a.pgm has 3x2: --size WxH makes them alike, --no-same-shape keeps them as they are"* ]]
	create --no-same-shape --no-shuffle -o d >out
	grep -q '^d: 4 train (of several sizes, seed 0)' out
	[ ! -e d/mean.binaryproto ]
	[ "$(masks d train | sed -n 3p)" = '00000101 00000202' ]
	dset-show d | grep -q '1x2x4\|2x4, 3x2x3\|3x2x3, 3x2x4'
	dset-show d --verify
	run -2 create --no-same-shape --backend hdf5 -o e
	[[ "$output" = *"pictures in HDF5 have one size"* ]]
	create --size 6x4 --no-shuffle --backend hdf5 -o e
	[ "$(masks e train | sed -n 1p)" = '000001010202 000001010202 020201010000 020201010000' ]
	[ "$(masks e train | sed -n 3p)" = '000000010101 000000010101 000000020202 000000020202' ]
	# What is put around a picture is not counted.
	create --size 6x6 --resize letterbox --no-shuffle -o f
	[ "$(masks f train | sed -n 1p)" = 'ffffffffffff 000001010202 000001010202 020201010000 020201010000 ffffffffffff' ]
	create --size 2x2 --resize crop --no-shuffle -o g
	[ "$(masks g train | sed -n 3p)" = '0001 0002' ]
}

@test "what is bad is named, left out, and nothing is left behind where all is" {
	make_set
	printf 'sky\nroad\n' >names
	run -1 create --class-labels names -o d
	[[ "$output" = *"images/a.pgm: masks/a.png: the pixel at 2,0 has class 2, and there are 2"* ]]
	[[ "$output" = *"d: 2 train"*"1 skipped"* ]]
	rm masks/c.png
	png masks/x.png g8 00
	run -1 create -o e
	[[ "$output" = *"images/c.pgm: no mask in masks is called c"* ]]
	[[ "$output" = *"masks/x.png: a mask without a picture: none in images is called x"* ]]
	rm masks/x.png
	png masks/c.png g8 0000 0000
	run -1 create -f -o e
	[[ "$output" = *"images/c.pgm: masks/c.png has 2x2 pixels, and the picture 3x2"* ]]
	png masks/c.png pffffff 000000 000000
	run -1 create -f -o e
	[[ "$output" = *"images/c.pgm: masks/c.png: its palette is not that of masks/a.png (--colormap none"* ]]
	create -f --colormap none -o e
	png masks/c.png p000000ff0000 000001 000000
	create -f -o e
	cp masks/c.png masks/c.PNG
	run -1 create -f -o e
	[[ "$output" = *"images/c.pgm: masks has two masks called c"* ]]
	rm masks/c.PNG
	cp images/c.pgm images/c.ppm
	run -1 create -f -o e
	[[ "$output" = *"masks/c.png is also the mask of images/c.pgm"* ]]
	rm images/c.ppm
	for bytes in 40 70; do
		png masks/c.png g8 000001 000000
		truncate -s $bytes masks/c.png
		run -1 create -f -o e
		[[ "$output" = *"images/c.pgm: masks/c.png: "* ]]
	done
	echo no >masks/c.png
	run -1 create -f -o e
	[[ "$output" = *"images/c.pgm: masks/c.png: "* ]]
	run -3 create --max-bad 0 -o f
	rm -r masks/*
	run -3 create -o f
	[[ "$output" = *"masks: no masks"* ]]
	picture masks/z.pgm 1 1 1
	run -3 create -o f
	[[ "$output" = *"images: no picture has a mask that can be used"* ]]
	rm -r images/*
	run -3 create -o f
	[[ "$output" = *"images: no pictures"* ]]
	[ ! -e f ]
}

@test "a JPEG is lossy, 0 and 255 are no two classes: both are said" {
	picture images/a.pgm 16 16 10
	picture p/x/1.pgm 16 16 0
	picture p/y/2.pgm 16 16 0
	dset-create --val 0 --gray --encoding jpg --size 16x16 --min-per-class 1 -o j p
	dset-show j --record 0 -o m.jpg
	mkdir masks
	mv m.jpg masks/a.jpg
	create -o d 2>err
	grep -q 'masks/a.jpg: a mask that is a JPEG' err
	rm masks/a.jpg
	picture images/a.pgm 2 1 10
	png masks/a.png g8 00ff
	create -f -o d 2>err
	grep -q 'is 255 a class? --colormap FILE' err
}

@test "options that do not go together" {
	make_set
	set -- dset-create -t segmentation -o d
	run -2 "$@"
	[[ "$output" = *"needs --images DIR and --masks DIR"* ]]
	run -2 "$@" --images images
	set -- "$@" --images images --masks masks
	run -2 "$@" images
	[[ "$output" = *"not an operand"* ]]
	run -2 "$@" --val-images images
	[[ "$output" = *"need each other"* ]]
	run -2 "$@" --labels png.py
	[[ "$output" = *"--class-labels"* ]]
	run -2 "$@" --val-folder images
	run -2 "$@" --exif
	[[ "$output" = *"but not the masks"* ]]
	run -2 "$@" --color-limit 256
	[ ! -e d ]
	picture x/1.pgm 2 2 1
	picture y/1.pgm 2 2 2
	run dset-create --val 0 --min-per-class 0 --masks masks -o e .
	[[ "$output" = *"--masks has no effect"* ]]
}

@test "shown: shares of pixels, one record, classes in their colours; and out again" {
	make_set
	printf 'sky\nroad\ntree\n' >names
	create --no-shuffle --class-labels names -o d
	dset-show d >out
	grep -q '^road  *8  *47.06%$' out
	grep -q '^ignored  *1  *-$' out
	dset-show d --tsv | grep -q "^1	road	8	0.4706$"
	dset-show d --json | sed -n 3p | python3 -c '
import json, sys
j = json.load(sys.stdin)
assert j == {"label": 1, "class": "road", "train": 8, "train_share": 8 / 17}, j'
	dset-show d --record 0 >out
	grep -q "^	2	tree	2$" out
	dset-show d --record 0 --json | python3 -c '
import json, sys
j = json.load(sys.stdin)
assert j["pixels"][1] == {"label": 1, "class": "road", "count": 2}, j'
	# Six tenths of the class's colour upon 10 10 10; the background as it is.
	dset-show d --record 0 -o r.ppm
	[ "$(tail -c 18 r.ppm | od -An -tx1 | tr -d ' \n')" = 0a0a0a9d0404049d04049d049d04040a0a0a ]
	dset-show d --montage m.png --label tree
	dset-show d --export x --label ignored 2>err && false
	dset-show d --export x
	cmp names x/labels.txt
	[ "$(head -1 x/train.txt)" = "$(printf 'train/images/000000000.png\ttrain/masks/000000000.png')" ]
	dset-create -t segmentation --images x/train/images --masks x/train/masks \
	    --val 0 --no-shuffle --class-labels x/labels.txt -o e
	dset-show d --diff e
	dset-show e --export y
	for m in 0 1 2; do
		cmp x/train/masks/00000000$m.png y/train/masks/00000000$m.png
	done
	dset-show d --export x -f
}

@test "CamVid and membranes" {
	[ -d "$shared/camvid_subset" ] || skip "no shared data"
	s=$shared/camvid_subset
	dset-create -t segmentation --images "$s/val" --masks "$s/valannot" --val 0 \
	    --size 120x90 -o d >out
	grep -q '^d: 13 train (120x90' out
	dset-show d --tsv | grep -q '^11	11	'
	printf '0 0 0 membrane\n255 255 255 inside\n' >map
	s=$shared/isbi_membrane
	dset-create -t segmentation --images "$s/image" --masks "$s/label" --gray \
	    --colormap map --size 64x64 -o e
	dset-show e --tsv | awk -F '\t' '$2 == "inside" { ok = $4 > .7 } END { exit !ok }'
}
