#!/usr/bin/env bats
# dset-create -t detection: labels of every format, pairs, what is bad, and options
# that do not go together.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	shared=$BATS_TEST_DIRNAME/../../../shared/data/detection
}

# picture FILE W H GRAY: a gray picture.
picture() {
	mkdir -p "$(dirname "$1")"
	{
		printf 'P2\n%d %d\n255\n' "$2" "$3"
		local i=0
		while [ "$i" -lt $(($2 * $3)) ]; do
			echo "$4"
			i=$((i + 1))
		done
	} >"$1"
}

kitti='0 0 0 %s 0 0 0 0 0 0 0\n'

# Two pictures of 20x10 for training, one for validation, with KITTI's labels.
make_kitti() {
	picture images/a.pgm 20 10 10
	picture images/sub/b.pgm 20 10 20
	picture vimages/c.pgm 20 10 30
	mkdir -p labels vlabels
	# shellcheck disable=SC2059
	printf "Car $kitti" '1 2 11 10' >labels/a.txt
	: >labels/b.txt
	# shellcheck disable=SC2059
	printf "Van $kitti" '0 0 20 10' >vlabels/c.txt
}

# boxes DSET PART: the classes and boxes of its records, a line each.
boxes() {
	dset-show "$1" -p "$2" --export exported >/dev/null
	python3 - "exported/$2" <<'END'
import glob, re, struct, sys
for f in sorted(glob.glob(sys.argv[1] + '/*.label.npy')):
    data = open(f, 'rb').read()
    shape = [int(x) for x in re.findall(rb'(\d+)[,)]', data.split(b'\n')[0])]
    v = struct.unpack('<%df' % (shape[1] * 16), data[-shape[1] * 64:])
    assert shape[0] == 1 and shape[2] == 16 and v[1] == 16, shape
    rows = [v[16 * i:16 * i + 16] for i in range(1, int(v[0]) + 1)]
    assert not any(v[16 * len(rows) + 16:])
    print(' '.join('%d:%g,%g,%g,%g/%d' % (r[5], *r[:4], r[6]) for r in rows))
END
	rm -r exported
}

@test "names that no line can hold keep line i and record i together" {
	make_kitti
	mv images/a.pgm $'images/a\n.pgm'
	mv labels/a.txt $'labels/a\n.txt'
	dset-create -q -t detection --images images --labels labels -o d --no-shuffle
	[ "$(wc -l <d/train.txt)" -eq 2 ]
	[ "$(grep -cF '"images/a\n.pgm"	"labels/a\n.txt"' d/train.txt)" -eq 1 ]
}

@test "KITTI: pairs at any depth, validation apart, the columns are noted" {
	make_kitti
	dset-create -t detection --images images --labels labels \
	    --val-images vimages --val-labels vlabels --min-box 0 -o d >out 2>err
	[ ! -s err ]
	grep -q '^boxes  *train  *val$' out
	grep -q '^car  *1  *0' out
	grep -q '^van  *0  *1' out
	grep -q '^d: 2 train, 1 val (20x10, seed 0)' out
	[ "$(sed -n 3p d/labels.txt)" = van ]
	[ -s d/train_db/features/data.mdb ] && [ -s d/train_db/labels/data.mdb ]
	grep -q "^images/a.pgm	labels/a.txt$" d/train.txt
	[ "$(boxes d train | sort)" = "$(printf '\n1:1,2,10,8/0')" ]
	[ "$(boxes d val)" = 2:0,0,20,10/0 ]
	python3 - <<'END'
import json
j = json.load(open('d/dataset.json'))
assert j['task'] == 'detection'
assert j['columns'] == [{'name': 'label', 'kind': 'boxes', 'shape':
                         {'channels': 1, 'height': 2, 'width': 16}}]
assert j['classes'][:2] == ['dontcare', 'car'], j['classes']
assert j['parts']['train']['per_class'][1] == 1
assert j['options']['detection']['val']['labels'] == 'vlabels'
END
	dset-show d --verify
	: >labels/other.txt
	dset-create -t detection --images images --labels labels -j 4 -o e 2>err
	[ "$(cat err)" = 'dset-create: labels: 1 file is of no picture in images (other.txt)' ]
	cmp d/train_db/labels/data.mdb e/train_db/labels/data.mdb
}

@test "classes are chosen, padding and size move the boxes" {
	make_kitti
	dset-create -t detection --images images --labels labels --classes van,car \
	    --pad 40x20 --size 20x20 -o d 2>err
	[ "$(cat d/labels.txt)" = "$(printf 'dontcare\nvan\ncar')" ]
	[[ "$(cat err)" = 'dset-create: no box is of class "van"' ]]
	[ "$(boxes d train | sort)" = "$(printf '\n2:0.5,2,5,8/0')" ]
	dset-create -t detection --images images --labels labels --classes van \
	    --size 40x40 --resize letterbox -o e 2>err
	grep -q '1 box of classes that are not asked for (Car) is dontcare' err
	# 20x10 into 40x40: twice as large, 10 rows above.
	[ "$(boxes e train | sort)" = "$(printf '\n0:2,14,20,16/0')" ]
	printf 'Car\tauto\n' >map
	dset-create -t detection --images images --labels labels --classes auto \
	    --class-map map --backend hdf5 -o f
	[ "$(sed -n 2p f/labels.txt)" = auto ]
}

@test "a box of a pixel to be learnt is a slip, which is told" {
	make_kitti
	# shellcheck disable=SC2059
	printf "Car $kitti" '5 5 6 5.5' '1 2 11 10' '3 0 4 9' >labels/b.txt
	dset-create -t detection --images images --labels labels \
	    --val-images vimages --val-labels vlabels --min-box 0 -o d 2>err
	[ "$(cat err)" = 'dset-create: images/sub/b.pgm: 2 boxes for training are less than 2 pixels wide or high, the first in this picture' ]
	# they are kept
	boxes d train | grep -q '1:5,5,1,0.5/0'
	# not of what nobody learns
	dset-create -t detection --images images --labels labels --classes van \
	    --val-images vimages --val-labels vlabels --min-box 0 -o e 2>err
	[ "$(grep -c pixels err)" -eq 0 ]
}

voc() {
	cat <<-END
		<annotation><size><width>20</width><height>10</height></size>
		<object><name>$1</name><difficult>$2</difficult>
		<bndbox><xmin>$3</xmin><ymin>1</ymin><xmax>12</xmax><ymax>10</ymax></bndbox>
		</object></annotation>
	END
}

@test "VOC: lists of ImageSets, difficult ones aside, names in their order" {
	make_kitti
	mkdir xml
	voc wheel 0 3 >xml/a.xml
	voc axle 1 2 >xml/b.xml
	printf 'a  1\n' >train.txt
	printf 'b -1\n' >val.txt
	dset-create -t detection --images images --labels xml --list train.txt \
	    --val-list val.txt --min-box 0 -o d
	[ "$(cat d/labels.txt)" = "$(printf 'dontcare\naxle\nwheel')" ]
	[ "$(boxes d train)" = 2:2,0,10,10/0 ]
	[ "$(boxes d val)" = 0:1,0,11,10/1 ]
	dset-create -t detection --images images --labels xml --list - -f \
	    --difficult -o d <val.txt
	[ "$(boxes d train)" = 1:1,0,11,10/0 ]
	# A name that no picture has is told with its line.
	printf 'a\nz\na\n' >train.txt
	run dset-create -t detection --images images --labels xml --list train.txt -o e
	[ "$status" -eq 1 ]
	[[ "$output" = *"train.txt: line 2: no picture is called z"* ]]
	[[ "$output" = *"train.txt: line 3: a is in the list twice"* ]]
}

@test "a list tells pictures of one stem apart by their folders" {
	local d i
	for d in one two; do
		for i in 0 1; do
			picture "p/$d/$i.pgm" 20 10 "$i"
			mkdir -p "l/$d"
			echo '0 0.5 0.5 0.5 1' >"l/$d/$i.txt"
		done
	done
	printf 'one/0.pgm\n./set/two/0\nq/two/1.jpg\n' >list
	dset-create -t detection --images p --labels l --label-format yolo \
	    --list list -o d
	[ "$(cut -f 1 d/train.txt | sort | paste -sd ' ')" = \
	    "p/one/0.pgm p/two/0.pgm p/two/1.pgm" ]
	printf 'one/0\n1\n' >list
	run dset-create -t detection --images p --labels l --label-format yolo \
	    --list list --max-bad 0 -o e
	[ "$status" -eq 3 ]
	[[ "$output" = *"list: line 2: several pictures are called 1: name it with its folder"* ]]
	# Labels that are all deeper do not tell what they are.
	run dset-create -t detection --images p --labels l -o e
	[ "$status" -eq 3 ]
	[[ "$output" = *"l: no label files"*"--label-format"* ]]
}

@test "YOLO: labels are beside images/ also where that is the first folder" {
	picture images/a.pgm 20 10 10
	mkdir labels
	echo '0 0.5 0.5 0.5 1' >labels/a.txt
	echo 'names: [cat]' >data.yaml
	dset-create -t detection --images images --labels data.yaml -o d
	[ "$(boxes d train)" = 1:5,0,10,10/0 ]
	[ "$(cat d/train.txt)" = "images/a.pgm	labels/a.txt" ]
}

@test "YOLO: names of data.yaml, obj.data and classes.txt; pictures without a file" {
	make_kitti
	mkdir -p set/images set/labels
	cp images/a.pgm images/sub/b.pgm set/images
	echo '1 0.5 0.5 0.5 1' >set/labels/a.txt
	printf 'names:\n  0: cat\n  1: dog\n' >set/data.yaml
	dset-create -t detection --images set/images --labels set/labels -o d 2>err
	grep -q '1 picture has no label file, and so no boxes' err
	[ "$(cat d/labels.txt)" = "$(printf 'dontcare\ncat\ndog')" ]
	[ "$(boxes d train | sort)" = "$(printf '\n2:5,0,10,10/0')" ]
	# The file of the names alone tells where labels are.
	dset-create -t detection --images set/images --labels set/data.yaml -o e
	cmp d/train_db/labels/data.mdb e/train_db/labels/data.mdb
	printf 'cat\ndog\n' >set/obj.names
	printf 'classes = 2\nnames = data/obj.names\n' >set/obj.data
	mv set/labels/a.txt set/images
	dset-create -t detection --images set/images --labels set/obj.data -o f
	cmp d/train_db/labels/data.mdb f/train_db/labels/data.mdb
	echo '2 0.5 0.5 0.5 1' >set/images/a.txt
	run dset-create -t detection --images set/images --labels set/obj.data -o g
	[ "$status" -eq 1 ]
	[[ "$output" = *"set/images/a.txt: line 1: class 2, and there are names for 2"* ]]
}

@test "COCO: gaps in the ids, crowds aside, pictures that are not there" {
	make_kitti
	cat >coco.json <<-'END'
		{"images": [{"id": 5, "file_name": "a.pgm", "width": 20, "height": 10},
		 {"id": 9, "file_name": "sub/b.pgm"}, {"id": 10, "file_name": "no.pgm"}],
		"categories": [{"id": 44, "name": "owl"}, {"id": 3, "name": "fox"}],
		"annotations": [
		{"image_id": 5, "category_id": 44, "bbox": [1, 2, 3, 4], "iscrowd": 0},
		{"image_id": 5, "category_id": 3, "bbox": [0, 0, 20, 10], "iscrowd": 1}]}
	END
	run -1 dset-create -t detection --images images --labels coco.json -o d
	[[ "$output" = *"images/no.pgm: "*"No such file"* ]]
	[ "$(cat d/labels.txt)" = "$(printf 'dontcare\nfox\nowl')" ]
	[ "$(boxes d train | sort)" = "$(printf '\n2:1,2,3,4/0 0:0,0,20,10/1')" ]
	# A bad annotation is one of three pictures.
	sed 's/1, 2, 3, 4/1, 2, 0, 4/; s/no.pgm/sub\/c.pgm/' coco.json >bad.json
	picture images/sub/c.pgm 20 10 40
	run -1 dset-create -t detection --images images --labels bad.json \
	    --max-bad 40% -o f
	[[ "$output" = *"bad.json: line 5: annotations[0]: a.pgm: a box of 0 x 4 pixels"* ]]
	run -3 dset-create -t detection --images images --labels bad.json \
	    --max-bad 30% -o e
	[[ "$output" = *"bad items: 1 of 3, more than 30 %"* ]]
	[ ! -e e ]
	sed -i 's/"width": 20/"width": 21/' coco.json
	echo a >list
	run -3 dset-create -t detection --images images --labels coco.json \
	    --list list -o e
	[[ "$output" = *"images/a.pgm: the picture has 20x10 pixels, coco.json says 21x10"* ]]
	[ ! -e e ]
}

@test "a bad label names file and line, is one bad item, and leaves its picture out" {
	make_kitti
	# shellcheck disable=SC2059
	printf "\nCar $kitti" '1 2 1 10' >labels/b.txt
	run -1 dset-create -t detection --images images --labels labels --bad bad -o d
	[[ "$output" = *"labels/b.txt: line 2: a box of 0 x 8 pixels"* ]]
	[[ "$output" = *"d: 1 train"*"1 skipped"* ]]
	[ "$(wc -l <bad)" -eq 1 ]
	grep -q '"path": "labels/b.txt"' bad
	grep -q 'a box of 0 x 8 pixels' d/dataset.json
	# Half of all is too much; nothing is left behind.
	run -3 dset-create -t detection --images images --labels labels --max-bad 10% -o e
	[[ "$output" = *"bad items: 1 of 2, more than 10 %"* ]]
	run -3 dset-create -t detection --images images --labels labels --max-bad 0 -o e
	rm labels/b.txt
	run -1 dset-create -t detection --images images --labels labels -o f
	[[ "$output" = *"labels/b.txt: there is no such label file"* ]]
	echo no >images/d.pgm
	: >labels/d.txt
	run -1 dset-create -t detection --images images --labels labels -o g
	[[ "$output" = *"images/d.pgm: "* ]]
	[ "$(ls -A | sort | tr '\n' ' ')" = "bad d f g images labels vimages vlabels " ]
}

@test "a label file is one picture's; one of another size is another's" {
	make_kitti
	cp images/a.pgm images/sub
	run -1 dset-create -t detection --images images --labels labels -o d
	[[ "$output" = *"images/sub/a.pgm: labels/a.txt is also that of images/a.pgm"* ]]
	mkdir labels/sub
	cp labels/a.txt labels/sub
	dset-create -t detection --images images --labels labels -f -o d
	grep -q '"count": 3' d/dataset.json
	mkdir xml
	voc x 0 1 >xml/a.xml
	sed -i 's/>20</>19</' xml/a.xml
	echo a >list
	rm -r images/sub
	run -3 dset-create -t detection --images images --labels xml -o e
	[[ "$output" = *"xml/a.xml: line 1: labels of a picture of 19x10 pixels, and it has 20x10"* ]]
	[[ "$output" = *"images: no picture has labels that can be used"* ]]
	# Too large for the padding: one bad item of the writer's.
	run -3 dset-create -t detection --images images --labels labels --pad 19x10 -o e
	[[ "$output" = *"images/a.pgm: 20x10 pixels do not fit into the padding of 19x10"* ]]
	[ ! -e e ]
}

@test "options that do not go together, sources that are none" {
	make_kitti
	set -- dset-create -t detection -o d
	run -2 "$@"
	[[ "$output" = *"needs --images DIR and --labels DIR|FILE"* ]]
	set -- "$@" --images images --labels labels
	run -2 "$@" images
	[[ "$output" = *"not an operand"* ]]
	run -2 "$@" --val-images vimages
	[[ "$output" = *"need each other"* ]]
	run -2 "$@" --resize crop
	[[ "$output" = *"squash, fill or letterbox"* ]]
	run -2 "$@" --exif
	run -2 "$@" --val-list x
	[[ "$output" = *"without --list the pictures are for training alone"* ]]
	run -2 "$@" --val-folder vimages
	run -2 "$@" --classes a,,b
	set -- dset-create -t detection -o d --images images
	run -4 "$@" --labels nowhere
	[[ "$output" = *"nowhere: no such labels"* ]]
	mkdir none
	run -3 "$@" --labels none
	[[ "$output" = *"none: no label files (.txt, .xml or .json)"* ]]
	run -2 "$@" --labels images/a.pgm
	[[ "$output" = *"a folder of labels is wanted"* ]]
	echo '<a/>' >labels/a.xml
	run -2 "$@" --labels labels
	[[ "$output" = *"say which by --label-format"* ]]
	run -2 "$@" --labels labels --label-format coco
	[ ! -e d ]
	dset-create -t detection -o d --images images --labels labels --label-format kitti
	run dset-create -o e --pad 9x9 images
	[[ "$output" = *"--pad has no effect"* ]]
}

@test "a JSON file of more than 1 GB is refused, not read" {
	make_kitti
	truncate -s 1100M big.json
	run -3 dset-create -t detection --images images --labels big.json -o d
	[[ "$output" = *"big.json"* ]]
	[ ! -e d ]
}

@test "cells: the data set of the BCCD, by its lists" {
	[ -d "$shared/bccd" ] || skip "no shared data"
	b=$shared/bccd
	dset-create -t detection --images "$b/JPEGImages" --labels "$b/Annotations" \
	    --list "$b/ImageSets/Main/train.txt" --val-list "$b/ImageSets/Main/val.txt" \
	    --size 64x48 --encoding none -o d >out
	grep -q '^d: 205 train, 87 val (64x48' out
	[ "$(cat d/labels.txt)" = "$(printf 'dontcare\nPlatelets\nRBC\nWBC')" ]
	[ "$(cat "$b"/Annotations/*.xml | grep -c '<name>')" -ge 4000 ]
	python3 - "$b" <<'END'
import re, sys, json
b = sys.argv[1]
n = sum(open(b + '/Annotations/' + s.strip() + '.xml').read().count('<name>WBC<')
        for s in open(b + '/ImageSets/Main/train.txt'))
assert json.load(open('d/dataset.json'))['parts']['train']['per_class'][3] == n, n
END
}

# make_boxes DIR FRACTION: six pictures of 60x40 with boxes in VOC's XML, whose
# edges have that fraction.
make_boxes() {
	for i in 0 1 2 3 4 5; do
		picture "$1/images/p$i.pgm" 60 40 "$((20 * i))"
	done
	mkdir "$1/labels"
	python3 - "$1" "$2" <<'END'
import random, sys
random.seed(3)
for i in range(6):
    f = open('%s/labels/p%d.xml' % (sys.argv[1], i), 'w')
    f.write('<annotation>')
    for k in range(3 * (i % 3)):
        l, t = random.randrange(40), random.randrange(30)
        w, h = random.randrange(3, 20), random.randrange(3, 10)
        f.write('<object><name>%s</name><bndbox><xmin>%s</xmin><ymin>%s</ymin>'
                '<xmax>%s</xmax><ymax>%s</ymax></bndbox></object>' %
                (random.choice(['a b', "b's", 'c&amp;d']),
                 l + 1 + float(sys.argv[2]), t + 1, l + w + .625, t + h))
    f.write('</annotation>')
END
}

# remake FROM DSET [OPTION...]: a data set of what was exported.
remake() {
	local from=$1 to=$2 images=images labels=labels
	shift 2
	case $from in
	*.kitti) images=train/images labels=train/labels ;;
	*.voc) images=JPEGImages labels=Annotations ;;
	*.coco) images=images/train labels=annotations/instances_train.json ;;
	*.yolo) images=images/train labels=labels/train ;;
	esac
	dset-create -t detection --images "$from/$images" --labels "$from/$labels" \
	    --no-shuffle "$@" -o "$to" >/dev/null
}

@test "exports: every format gives the same records again, and every other one" {
	make_boxes src 0.125
	dset-create -t detection --images src/images --labels src/labels \
	    --no-shuffle -o d
	[ "$(cat d/labels.txt)" = "$(printf "dontcare\na b\nb's\nc&d")" ]
	last=d
	for f in kitti coco voc yolo coco kitti voc yolo kitti; do
		dset-show "$last" --export x.$f --label-format $f -f
		if [ $f = kitti ]; then
			remake x.$f "e$last" --classes "a_b,b's,c&d"
		else
			remake x.$f "e$last"
		fi
		last=e$last
		cmp d/train_db/labels/data.mdb "$last/train_db/labels/data.mdb"
		dset-show d --diff "$last"
		rm x.$f/labels.txt
	done
	# What KITTI has no blanks for.
	[ "$(cat "$last/labels.txt")" = "$(printf "dontcare\na_b\nb's\nc&d")" ]
}

@test "exports: layouts, names, what is aside, what a format cannot have" {
	make_kitti
	mkdir xml
	voc wheel 0 3 >xml/a.xml
	voc axle 1 2 >xml/b.xml
	dset-create -t detection --images images --labels xml --no-shuffle -o d
	for f in kitti voc coco yolo; do
		dset-show d --export x.$f --label-format $f 2>err
	done
	grep -q '1 box is left out: dontcare' err
	grep -q '^DontCare 0 0 0 1 0 12 10 ' x.kitti/train/labels/000000001.txt
	grep -q '<difficult>1<' x.voc/Annotations/train_000000001.xml
	[ "$(cat x.voc/ImageSets/Main/train.txt)" = "$(printf 'train_000000000\ntrain_000000001')" ]
	python3 - <<'END'
import json
j = json.load(open('x.coco/annotations/instances_train.json'))
assert [c['name'] for c in j['categories']] == ['axle', 'wheel'], j
assert [(a['image_id'], a['category_id'], a['bbox'], a['area'], a['iscrowd'])
        for a in j['annotations']] == [(1, 2, [2, 0, 10, 10], 100, 0),
                                       (2, 1, [1, 0, 11, 10], 110, 1)], j
assert all(a['id'] > 0 for a in j['annotations'])
END
	remake x.voc v && cmp d/train_db/labels/data.mdb v/train_db/labels/data.mdb
	remake x.coco c && cmp d/train_db/labels/data.mdb c/train_db/labels/data.mdb
	grep -q "^  1: 'wheel'" x.yolo/data.yaml
	[ ! -s x.yolo/labels/train/000000001.txt ]
	# Not over what is there; over what an export made, with -f.
	run -8 dset-show d --export x.voc --label-format voc
	dset-show d --export x.voc --label-format kitti -f
	[ ! -e x.voc/JPEGImages ] && [ -e x.voc/train/labels ]
	# A class without boxes has none.
	picture classes/x/1.pgm 4 4 1
	picture classes/y/1.pgm 4 4 2
	dset-create --val 0 --min-per-class 0 -o n classes
	run -3 dset-show n --export y --label-format voc
	[[ "$output" = *"has neither boxes nor a mask: a label format is for detection"* ]]
	[ ! -e y ]
}

@test "boxes are shown: counted, listed, drawn in the colour of their class" {
	picture images/a.pgm 200 120 0
	mkdir labels
	printf '0 0.5 0.5 0.5 0.5\n1 0.3 0.3 0.1 0.1\n' >labels/a.txt
	printf 'names: [owl, fox]\n' >labels/data.yaml
	dset-create -t detection --images images --labels labels -o d
	dset-show d >out
	grep -q '^owl  *1  *0  *1  *0  *100.0 x 60.0' out
	dset-show d --tsv | grep -q "^2	fox	1	1	0	0	20.0	12.0$"
	dset-show d --json | tail -1 | python3 -c '
import json, sys
j = json.load(sys.stdin)
assert j["class"] == "fox" and j["small"] == 1 and j["mean_width"] == 20, j'
	dset-show d --record 0 >out
	grep -q "^	1	owl	50	30	100	60$" out
	dset-show d --record 0 --json | python3 -c '
import json, sys
j = json.load(sys.stdin)
assert j["boxes"][1] == {"label": 2, "class": "fox", "left": 50, "top": 30,
                         "width": 20, "height": 12}, j
assert j["class"] is None, j'
	dset-show d --record 0 -o r.ppm
	python3 - r.ppm <<'END'
import sys
b = open(sys.argv[1], 'rb').read()
assert b.startswith(b'P6\n200 120\n255\n'), b[:20]
p = b[-200 * 120 * 3:]
at = lambda x, y: tuple(p[3 * (200 * y + x):3 * (200 * y + x) + 3])
assert at(149, 60) == (0x1f, 0x5f, 0xbf), at(149, 60)
assert at(69, 38) == (0xc0, 0x39, 0x2b), at(69, 38)
assert at(100, 60) == (0, 0, 0) and at(150, 60) == (0, 0, 0)
assert any(at(x, 22) == (255, 255, 255) or at(x, 22)[0] > 200
           for x in range(50, 110)), 'no words'
END
	dset-show d --montage m.png --label fox
	run -4 dset-show d --montage m.png --label dontcare -f
	# As DIGITS makes them, without dataset.json and names.
	rm d/dataset.json d/labels.txt
	dset-show d | grep -q '^2  *1 '
	dset-show d --export x.yolo --label-format yolo
	[ "$(cut -d' ' -f1 x.yolo/labels/train/*.txt)" = "$(printf '0\n1')" ]
}
