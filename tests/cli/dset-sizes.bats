#!/usr/bin/env bats
# dset-show: sizes of pictures, ways to resize them, and sheets of many pages.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
}

# picture FILE W H: a PGM.
picture() {
	mkdir -p "$(dirname "$1")"
	{
		printf 'P5\n%d %d\n255\n' "$2" "$3"
		head -c $(($2 * $3)) /dev/zero
	} >"$1"
}

# side FILE: "WxH" of a PNG.
side() {
	od -An -tu1 -j16 -N8 "$1" |
	    awk '{ print $3 * 256 + $4 "x" $7 * 256 + $8 }'
}

make_set() {
	for i in 1 2 3 4 5 6; do
		picture src/cat/$i.pgm 8 $((4 + i))
		picture src/dog/$i.pgm 8 $((14 + i))
	done
	dset-create -q --gray --size 8x4 --val 0 --duplicates ignore -o d src >/dev/null
}

@test "sizes of a folder, of a data set, and of one that has nothing" {
	make_set
	picture src/cat/deeper/7.pgm 30 10
	echo 'no picture' >src/cat/8.png
	run --separate-stderr -1 dset-show src --sizes --json --bad bad
	[[ $output == '{"name": "src", "pictures": 13, "gray": 13, "colour": 0, "bad": 1, "formats": {"pnm": 13}, "width": {"least": 8, "p10": 8, "median": 8, "p90": 8, "most": 30}, "height": {"least": 5, '*'"most": 20}, "aspect": {"least": 0.4, '*'"most": 3}, "pixels": {"least": 40, '* ]]
	[[ $output == *'"different": 13, "sizes": [{"width": 8, "height": 5, "count": 1}, '* ]]
	grep -q '8.png' bad
	rm src/cat/8.png
	dset-show src --sizes >out
	grep -q '^src: 13 pictures, 13 gray; 13 pnm$' out
	grep -Eq '^width +8 +8 +8 +8 +30$' out
	[ "$(dset-show src --sizes --tsv | grep '^height')" = "$(printf 'height\t5\t6\t10\t19\t20')" ]
	# all records have one size
	dset-show d --sizes >out
	grep -q '^d: 12 pictures, 12 gray$' out
	grep -Eq '^width / height +2.000 +2.000 +2.000 +2.000 +2.000$' out
	[ "$(wc -l <out)" -eq 7 ]
	mkdir none
	run dset-show none --sizes
	[ "$status" -eq 4 ]
	[ "$output" = 'dset-show: none: no pictures' ]
	run dset-show nowhere --sizes
	[ "$status" -eq 4 ]
	run dset-show d --sizes -p val
	[ "$status" -eq 4 ]
}

@test "sizes as a chart" {
	make_set
	dset-show -q src --sizes -o s.svg >/dev/null
	[ "$(head -c 5 s.svg)" = '<?xml' ]
	dset-show -q src --sizes -o s.png --size 400x300 >/dev/null
	w=$(side s.png)
	[ "${w%x*}" -le 400 ] && [ "${w#*x}" -le 300 ]
	run dset-show src --sizes -o s.txt
	[ "$status" -eq 2 ]
	[ "${lines[0]}" = 'dset-show: -o s.txt: a chart is a .png, .svg or .pdf' ]
	run dset-show src --sizes -o s.svg
	[ "$status" -eq 8 ]
}

@test "sizes of pictures that lie on their sides are those that are seen" {
	picture src/a/1.pgm 12 8
	picture src/b/1.pgm 12 8
	dset-create -q --size 12x8 --val 0 --encoding jpg --duplicates ignore \
	    --min-per-class 1 -o d src >/dev/null
	dset-show d --record 0 -o a.jpg >/dev/null
	mkdir one
	{
		head -c 2 a.jpg
		# EXIF: orientation 6
		printf '\377\341\000\042Exif\000\000II*\000\010\000\000\000\001\000'
		printf '\022\001\003\000\001\000\000\000\006\000\000\000\000\000\000\000'
		tail -c +3 a.jpg
	} >one/turned.jpg
	run dset-show one --sizes --json
	[[ $output == *'"sizes": [{"width": 8, "height": 12, "count": 1}]'* ]]
}

@test "modes: a row for each picture, at the size that was asked for" {
	make_set
	dset-show src/cat/1.pgm --modes 40x30 -o m.png
	# six cells of 40 with room for words, one row of 30
	h=$(side m.png)
	[ "${h#*x}" -eq $((4 + 30 + 15 + 4)) ]
	dset-show src --modes 40x30 -o m4.png
	h=$(side m4.png)
	[ "${h#*x}" -eq $((4 + 4 * (30 + 15 + 4))) ]
	run dset-show src --modes 40x30
	[ "$status" -eq 2 ]
	[ "${lines[0]}" = 'dset-show: --modes needs -o FILE.png' ]
	run dset-show nowhere.jpg --modes 40x30 -o n.png
	[ "$status" -eq 4 ]
	echo 'no picture' >x.png
	run dset-show x.png --modes 40x30 -o n.png
	[ "$status" -eq 3 ]
	[ ! -e n.png ]
}

@test "pages of a sheet: as many as it takes, none of them over another" {
	make_set
	dset-show -v d --montage s.png --page 5 2>err
	grep -q '3 pages' err
	[ "$(echo s*.png)" = 's-2.png s-3.png s.png' ]
	[ "$(side s.png)" = "$(side s-2.png)" ]
	rm s.png s-3.png
	run dset-show d --montage s.png --page 5
	[ "$status" -eq 8 ]
	[ "$output" = 'dset-show: s-2.png exists (--force replaces it)' ]
	[ ! -e s.png ]
	dset-show d --montage s.png --page 5 -f
	[ -e s-3.png ]
	# one page of as many as there are of a label, or as --count says
	dset-show d --montage t.png --page 6 --label dog
	[ "$(echo t*.png)" = t.png ]
	dset-show d --montage u.png --page 2 --count 4
	[ "$(echo u*.png)" = 'u-2.png u.png' ]
	run dset-show d --montage v.png --page 0
	[ "$status" -eq 2 ]
	run dset-show d --page 3
	[[ $output == *'--page has no effect: it needs --montage'* ]]
}

@test "names stand below the pictures of classes, colours below masks" {
	make_set
	dset-show d --montage m.png
	h=$(side m.png)
	# three rows of 12 pictures of 8 x 4, which are shown at eight times that
	[ "${h#*x}" -eq $((4 + 3 * (32 + 15 + 4))) ]
	for i in 1 2; do
		picture img/$i.pgm 40 30
		mkdir -p mask
		tr '\000' '\001' <img/$i.pgm >mask/$i.pgm
	done
	dset-create -q -t segmentation --images img --masks mask --val 0 -o s >/dev/null
	dset-show s --montage l.png
	h=$(side l.png)
	[ "${h#*x}" -eq $((4 + 30 + 4 + 26)) ]
}
