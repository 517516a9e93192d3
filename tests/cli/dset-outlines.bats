#!/usr/bin/env bats
# dset-create -t segmentation of outlines: polygons and run lengths of COCO's files,
# polygons of YOLO's, and masks back to COCO's.

bats_require_minimum_version 1.5.0
load judges

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
}

# picture FILE W H GRAY: a gray picture.
picture() {
	mkdir -p "$(dirname "$1")"
	python3 -c "print('P2', $2, $3, 255, *[$4] * ($2 * $3))" >"$1"
}

# masks DSET: the masks of its training records, a line each.
masks() {
	rm -rf exported
	dset-show "$1" -p train --export exported >/dev/null
	python3 "$BATS_TEST_DIRNAME/rows.py" exported/train/masks/*
}

create() {
	dset-create -t segmentation --images images --val 0 --no-shuffle "$@"
}

# Three pictures of 4x2: a polygon and a crowd; run lengths; nothing.
make_set() {
	picture images/a.pgm 4 2 10
	picture images/sub/b.pgm 4 2 20
	picture images/c.pgm 4 2 30
	cat >coco.json <<'END'
{"images": [{"id": 5, "file_name": "a.pgm", "width": 4, "height": 2},
 {"id": 9, "file_name": "sub/b.pgm", "width": 4, "height": 2},
 {"id": 2, "file_name": "c.pgm", "width": 4, "height": 2}],
"categories": [{"id": 44, "name": "cat"}, {"id": 7, "name": "dog"}],
"annotations": [
{"image_id": 5, "category_id": 44, "segmentation": [[0, 0, 2, 0, 2, 2, 0, 2]]},
{"image_id": 5, "category_id": 7, "iscrowd": 1, "segmentation": {"size": [2, 4], "counts": [2, 6]}},
{"image_id": 9, "category_id": 7, "segmentation": {"size": [2, 4], "counts": "116"}}
]}
END
}

@test "COCO: polygons, run lengths, crowds, and pictures with nothing on them" {
	make_set
	create --masks coco.json -o d
	[ "$(masks d)" = "$(printf '0202ffff 0202ffff\n00000000 01000000\n00000000 00000000')" ]
	[ "$(cat d/labels.txt)" = "$(printf 'background\ndog\ncat')" ]
	grep -q '^images/sub/b.pgm	coco.json$' d/train.txt
	python3 - <<'END'
import json
j = json.load(open('d/dataset.json'))
assert j['parts']['train']['per_class'] == [15, 1, 4], j['parts']
assert j['parts']['train']['ignored_pixels'] == 4
END
	# Crowds for what they are; some classes; one of the two names as class 0.
	create --masks coco.json --difficult -o e
	[ "$(masks e | head -n 1)" = '02020101 02020101' ]
	printf 'nothing\ncat\n' >names
	run --separate-stderr create --masks coco.json --class-labels names -o f
	[[ "$stderr" = *"2 outlines of classes that --class-labels does not have (dog, ...) are 255, not counted"* ]]
	[ "$(masks f)" = "$(printf '0101ffff 0101ffff\n00000000 ff000000\n00000000 00000000')" ]
	# A list of stems; sizes are brought to one, masks with them.
	printf 'b\n' >list
	create --masks coco.json --list list --size 2x1 -o g
	[ "$(masks g)" = 0000 ] || [ "$(masks g)" = 0100 ]
}

@test "YOLO: polygons of label files, classes by their names" {
	make_set
	mkdir labels labels/sub
	printf '1 0 0 .5 0 .5 1 0 1\n' >labels/a.txt
	printf '0 .5 0 1 0 1 1 .5 1\n\n1 .5 0 .75 0 .75 1 .5 1\n' >labels/sub/b.txt
	printf 'dog\ncat\n' >labels/classes.txt
	run --separate-stderr create --masks labels -o d
	[[ "$stderr" = *"images: 1 picture has no label file, and so nothing on it"* ]]
	[ "$(masks d)" = "$(printf '02020000 02020000\n00000000 00000000\n00000201 00000201')" ]
	[ "$(cat d/labels.txt)" = "$(printf 'background\ndog\ncat')" ]
	# A box is no outline.
	printf '1 .5 .5 .2 .2\n' >labels/a.txt
	run -1 --separate-stderr create --masks labels -o e
	[[ "$stderr" = *"labels/a.txt: line 1: a box, where a mask wants the points of a polygon"* ]]
	[ "$(wc -l <e/train.txt)" -eq 2 ]
}

@test "masks are those of pycocotools, and it reads what dset-show writes" {
	need_judges
	judge "$BATS_TEST_DIRNAME/outlines.py" make s 60 7
	dset-create -t segmentation --images s/images --masks s/instances.json \
	    --val 0 --no-shuffle --no-same-shape --duplicates ignore -o d
	masks d >got
	cmp got s/want
	dset-show d --export x --label-format coco
	judge "$BATS_TEST_DIRNAME/outlines.py" read \
	    x/annotations/instances_train.json >got
	cmp got s/want
}

@test "to COCO's file and back: the same masks" {
	make_set
	create --masks coco.json -o d
	dset-show d --export x --label-format coco
	[ -s x/images/train/000000001.png ]
	dset-create -t segmentation --images x/images/train \
	    --masks x/annotations/instances_train.json --val 0 --no-shuffle -o e
	cmp d/train_db/labels/data.mdb e/train_db/labels/data.mdb
	cmp d/labels.txt e/labels.txt
	run -3 dset-show d --export y --label-format yolo
	[[ "$output" = *"masks are written as coco has them"* ]]
	[ ! -e y ]
}

@test "what is bad is named; nothing is left behind" {
	make_set
	sed -i 's/"image_id": 9, "category_id": 7/"image_id": 10, "category_id": 7/; s/\[\[0, 0, 2, 0/[[0, 0, 99, 0/' coco.json
	run -1 --separate-stderr create --masks coco.json -o d
	[[ "$stderr" = *"coco.json: line 6: annotations[0]: a.pgm: a point of a polygon at 99, far from a picture of 4x2 pixels"* ]]
	[[ "$stderr" = *"coco.json: line 8: annotations[2]: image_id 10 is not among the images"* ]]
	[ "$(wc -l <d/train.txt)" -eq 2 ]
	run -3 create --masks coco.json --max-bad 0 -o e
	picture images/c.pgm 2 2 1
	run -1 --separate-stderr create --masks coco.json -o f
	[[ "$stderr" = *"images/c.pgm: the picture has 2x2 pixels, coco.json says 4x2"* ]]
	# Neither masks nor outlines.
	mkdir odd
	run -3 create --masks odd -o e
	[[ "$output" = *"odd: no "* ]]
	echo '<annotation/>' >odd/a.xml
	run -3 create --masks odd -o e
	[[ "$output" = *"odd: neither masks nor outlines"* ]]
	echo >odd.txt
	run -2 create --masks odd.txt -o e
	run -2 create --masks coco.json --colormap none -o e
	[[ "$output" = *"--colormap is for pictures of masks"* ]]
	echo '{"images": [' >cut.json
	run -3 create --masks cut.json -o e
	# More than is read.
	truncate -s 1100M large.json
	run -3 create --masks large.json -o e
	[[ "$output" = *"large.json"* ]]
	[ ! -e e ]
}

@test "a million outlines of one picture are refused, of many read" {
	picture images/a.pgm 4 2 10
	python3 - <<'END'
import json
one = {'image_id': 1, 'category_id': 1, 'segmentation': [[0, 0, 2, 0, 2, 2]]}
head = '{"images": %s, "categories": [{"id": 1, "name": "x"}], "annotations": [%s]}'
im = '{"id": %d, "file_name": "a%d.pgm", "width": 4, "height": 2}'
with open('one.json', 'w') as f:
    f.write(head % ('[' + im.replace('a%d', 'a') % 1 + ']',
                    ','.join([json.dumps(one)] * 1000000)))
END
	run -3 create --masks one.json -o d
	[[ "$output" = *"1000000 outlines, more than the 10000 that a picture may have"* ]]
	[ ! -e d ]
}
