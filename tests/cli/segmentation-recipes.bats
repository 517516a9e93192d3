#!/usr/bin/env bats
# examples/: the recipes of segmentation in their small form.

bats_require_minimum_version 1.5.0

setup() {
	examples=$BATS_TEST_DIRNAME/../../examples
	cd "$BATS_TEST_TMPDIR" || exit
}

recipe() {
	make -C "$examples/$1" OUT="$BATS_TEST_TMPDIR/out" "${@:2}" >log 2>&1 ||
	    { cat log; return 1; }
}

# pngs FROM TO: the pictures of a folder as PNGs, by way of a data set.
pngs() {
	dset-create -q -t image --gray --images "$1" --targets "$1" --val 0 --no-shuffle -o one >/dev/null
	dset-show one -p train --export two >/dev/null
	mv two/train/images "$2"
	rm -rf one two
}

@test "triangles: one score for each pixel" {
	recipe triangles COUNT=300 VAL=20 SIZE=16 EPOCHS=12 'GATE=dice>=0.7'
	grep -q 'mean Dice' log
	[ "$(ls out/masks | wc -l)" -eq 10 ]
	[ -s out/found/00003.png ]
	# Nothing is left to do, and the same seed makes the same pictures.
	recipe triangles COUNT=300 VAL=20 SIZE=16 EPOCHS=12 'GATE=dice>=0.7'
	! grep -q 'dset-create' log || false
	sh "$examples/triangles/triangles.sh" a 2 8 5
	sh "$examples/triangles/triangles.sh" b 2 8 5
	cmp a/images/00001.pgm b/images/00001.pgm
	grep -q 1 a/masks/00001.pgm
	run -2 make -s -C "$examples/membranes" OUT="$BATS_TEST_TMPDIR/x"
	[[ "$output" == *"make DATA=DIR"* ]]
}

@test "membranes: masks of black and white" {
	sh "$examples/triangles/triangles.sh" t 4 16 1
	mkdir -p data/image data/label gray
	for i in 0 1 2 3; do
		cp t/images/0000$i.pgm gray/$i.pgm
	done
	pngs gray made
	n=0
	for f in made/*; do
		mv "$f" data/image/$n.png
		n=$((n + 1))
	done
	rm gray/*
	for i in 0 1 2 3; do
		awk 'NR > 1 && ($1 == 0 || $1 == 1) { $1 *= 255 } { print }' t/masks/0000$i.pgm >gray/$i.pgm
	done
	rm -rf made
	pngs gray made
	n=0
	for f in made/*; do
		mv "$f" data/label/$n.png
		n=$((n + 1))
	done
	recipe membranes DATA="$PWD/data" TRAIN=3 EPOCHS=1 'GATE=accuracy>=0'
	grep -q 'set: 3 train, 1 val (16x16 gray' log
	grep -q '^membrane' log && [ -s out/masks/000000000.png ]
}

@test "VOC: from the archive as it is published" {
	sh "$examples/triangles/triangles.sh" t 6 32 1
	d=v/VOCdevkit/VOC2012
	mkdir -p $d/JPEGImages $d/SegmentationClass $d/ImageSets/Segmentation
	for i in 0 1 2 3 4 5; do
		# what it is is told by its content
		cp t/images/0000$i.pgm $d/JPEGImages/2007_00000$i.jpg
		python3 "$BATS_TEST_DIRNAME/masks.py" write $d/SegmentationClass/2007_00000$i.png 32 32 \
		    000000800000008000 $(tail -n +2 t/masks/0000$i.pgm | tr '\n' ' ')
		[ $i -lt 4 ] && part=train || part=val
		echo 2007_00000$i >>$d/ImageSets/Segmentation/$part.txt
	done
	tar -cf voc.tar -C v VOCdevkit
	recipe voc-segmentation VOC="$PWD/voc.tar" SIZE=32x32 BATCH=2 EPOCHS=2 'GATE=miou>=0'
	grep -q 'set: 4 train, 2 val (32x32' log
	[ "$(python3 "$BATS_TEST_DIRNAME/masks.py" palette out/masks/2007_000004.png 2)" = 000000800000 ]
	[ "$(wc -l <out/set/labels.txt)" -eq 21 ]
}
