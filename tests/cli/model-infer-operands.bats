#!/usr/bin/env bats
# What model-infer can be asked about: files, folders, URLs, data sets, standard
# input.

load small
load servers

setup_file() {
	small_make "$BATS_FILE_TMPDIR"
}

setup() {
	cd "$BATS_FILE_TMPDIR" || exit
	export NNUTILS_DEVICE=cpu
	M="model-infer -q -m m"
	one=$(ls few/0/*.png | head -n 1)
	two=$(ls few/1/*.png | head -n 1)
}

teardown() {
	servers_stop
}

# answers FILE: what was said, without the names.
answers() {
	cut -f 2- "${1:--}"
}

@test "a model that cannot be opened is named once" {
	run model-infer -m nowhere "$one"
	[ "$status" -eq 4 ]
	[ "$output" = "model-infer: model nowhere: no such folder or file" ]
	run model-infer -m few "$one"
	[ "$output" = "model-infer: few: not a model folder: neither info.json, nor a net, nor weights" ]
	run model-infer -m m -e 7 "$one"
	[ "$output" = "model-infer: m: no snapshot of epoch 7 (nearest: 1)" ]
	run model-infer -m "$one" "$two"
	[ "$output" = "model-infer: $one: is a PNG picture, not an archive" ]
	run zoo-publish --dry-run few
	[ "$output" = "zoo-publish: few has no readme.md" ]
}

@test "folders: all pictures in them, by their bytes, in the order of the names" {
	mkdir -p "$BATS_TEST_TMPDIR/f/b/c" "$BATS_TEST_TMPDIR/f/.hidden"
	cp "$one" "$BATS_TEST_TMPDIR/f/b/c/no-extension"
	cp "$two" "$BATS_TEST_TMPDIR/f/a.PNG"
	cp "$two" "$BATS_TEST_TMPDIR/f/.hidden/x.png"
	echo text >"$BATS_TEST_TMPDIR/f/b/notes.txt"
	$M --tsv "$two" "$BATS_TEST_TMPDIR/f" "$one" >out
	printf '%s\n' "$two" "$BATS_TEST_TMPDIR/f/a.PNG" \
	    "$BATS_TEST_TMPDIR/f/b/c/no-extension" "$one" | diff - <(cut -f 1 out)
	$M --tsv few >out
	find few -name '*.png' | LC_ALL=C sort | diff - <(cut -f 1 out)
	$M --tsv - < <(cut -f 1 out) | diff - out
}

@test "a folder without pictures, and a data set named as one, are bad items" {
	mkdir -p "$BATS_TEST_TMPDIR/none/sub"
	run model-infer -m m "$BATS_TEST_TMPDIR/none" "$one" dset dset/val_db
	[ "$status" -eq 1 ]
	[[ "$output" == *"none holds no pictures"* ]]
	[[ "$output" == *"$one"* ]]
	[[ "$output" == *"dset: a data set, not a folder of pictures: name it by -d"* ]]
	[[ "$output" == *"dset/val_db: a data set"* ]]
}

@test "URLs: fetched, also from lists; one that fails is one bad item" {
	mkdir -p "$BATS_TEST_TMPDIR/www"
	cp "$one" "$BATS_TEST_TMPDIR/www/one.png"
	echo '<!DOCTYPE html><html></html>' >"$BATS_TEST_TMPDIR/www/page"
	python_start "$BATS_TEST_TMPDIR/www"
	$M --tsv "$one" | answers >want
	$M --tsv "${PYTHON_URL}one.png" | answers | diff want -
	run model-infer -m m --tsv --bad "$BATS_TEST_TMPDIR/bad" "${PYTHON_URL}gone.png" \
	    "$one" "${PYTHON_URL}page" "${PYTHON_URL}one.png" "${PYTHON_URL}one.png"
	[ "$status" -eq 1 ]
	[ "$(grep -c '	' <<<"$output")" -eq 3 ]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/bad")" -eq 2 ]
	[[ "$output" == *"gone.png: "*404* ]]
	[[ "$output" == *"page: "*picture* ]]
	printf '%s 0\n' "${PYTHON_URL}one.png" >list
	$M --json --list list --root few | grep '"truth": 0'
	# not from the cache: it is what it is now
	cp "$two" "$BATS_TEST_TMPDIR/www/one.png"
	$M --tsv "$two" | answers >want
	echo "${PYTHON_URL}one.png" | $M --tsv - | answers | diff want -
	run $M ftp://127.0.0.1/x.png
	[ "$status" -eq 1 ]
}

@test "a data set: its val part, or the one that is named; truths from the records" {
	$M --tsv --db dset/val_db >want
	$M --tsv -d dset | diff want -
	$M --tsv -d dset -p val | diff want -
	$M --json --summary -d dset --part train | grep '"images": 27'
	$M --summary -d dset --confusion "$BATS_TEST_TMPDIR/c.tsv" --per-class \
	    --mistakes 3 --require 'top5>=1' >out
	[ "$(wc -l <"$BATS_TEST_TMPDIR/c.tsv")" -eq 4 ]
	run $M --summary -d dset --require 'top1>=2'
	[ "$status" -eq 9 ]
	dset-create -q --gray --size 28x28 --val 0 --test-folder few -o tested few
	$M --json --summary -d tested | grep '"images": 36'
	dset-create -q --gray --size 28x28 --val 0 -o untested few
	run $M -d untested
	[ "$status" -eq 4 ]
	[[ "$output" == *"untested has no test part and no val part: name another by --part"* ]]
	run $M -d dset -p test
	[ "$status" -eq 4 ]
	[[ "$output" == *"dset has no test part"* ]]
	run $M -d dset -p all
	[ "$status" -eq 2 ]
	run model-infer -m m -p val "$one"
	[[ "$output" == *"--part has no effect: it needs --dataset"* ]]
	run $M -d dset "$one"
	[ "$status" -eq 2 ]
	run $M -d few
	[ "$status" -eq 3 ] || [ "$status" -eq 4 ]
}

@test "a data set with other classes is not counted by numbers" {
	cp -r dset other
	printf 'zero\none\ntwo\n' >other/labels.txt
	run $M -d other
	[ "$status" -eq 3 ]
	[[ "$output" == *'class 0 is "zero" in other and "0" in the model'* ]]
	$M --db other/val_db >/dev/null
}

@test "a picture on standard input" {
	$M --tsv "$one" | answers >want
	$M --tsv - <"$one" >out
	answers out | diff want -
	[ "$(cut -f 1 out)" = - ]
	cat "$one" | $M --json - | grep '"path": "-"'
	python3 - "$two" >big.ppm <<-'E'
	import sys
	sys.stdout.buffer.write(b"P6\n300 200\n255\n" + bytes(180000))
	E
	$M --tsv - <big.ppm | grep '^-'
	$M --tsv "$two" - "$one" <"$one" | cut -f 1 |
	    diff <(printf '%s\n' "$two" - "$one") -
	head -c 100 "$one" >cut.png
	run model-infer -m m - <cut.png
	[ "$status" -eq 1 ]
	[[ "$output" == "model-infer: -: "* ]]
	run $M --list - <"$one"
	[ "$status" -eq 3 ]
	[[ "$output" == *"standard input: is a picture, not a list; the operand - takes it"* ]]
}

@test "names on standard input stay names, however they begin" {
	cp "$one" BM
	cp "$one" GIF89a
	printf '%s\n' BM GIF89a "$two" | $M --tsv - | cut -f 1 |
	    diff <(printf '%s\n' BM GIF89a "$two") -
	printf '%s\0' BM "$two" | $M -0 --tsv - | cut -f 1 |
	    diff <(printf '%s\n' BM "$two") -
	printf 'BM\0' | $M -0 --tsv - | cut -f 1 | grep -x BM
	printf BM | $M --tsv - | cut -f 1 | grep -x BM
	$M - </dev/null
	# standard input twice: nothing is left of it the second time
	printf '%s\n' BM | $M --tsv - - BM | cut -f 1 | diff <(printf 'BM\nBM\n') -
}

@test "a tar of pictures, with their classes before or behind them" {
	$M --tsv -d dset | answers >want
	dset-show dset -p val --cat >val.tar
	$M --tsv - <val.tar >out
	answers out | diff - want
	gzip <val.tar | $M --json --summary - --require 'top5>=1' | grep '"images": 9'
	rm -rf wds && mkdir wds && tar -xf val.tar -C wds
	tar -C wds --sort=name -cf - . | $M --json --summary - | grep '"images": 9'
	tar -cf - "$one" "$two" | $M --tsv - | cut -f 1 |
	    diff <(printf '%s\n' "$one" "$two") -
	tar -cf - "$one" m/labels.txt | model-infer -m m --tsv - 2>err | grep "^$one"
	grep 'passed over 1 file that is neither' err
	run $M --confusion - - < <(tar -cf - "$one")
	[ "$status" -eq 2 ]
	[[ "$output" == *"--confusion needs labels"* ]]
	# one of no bytes is bad, also where a file is called as it is
	mkdir -p empty && cp "$one" empty.png && : >empty/empty.png
	tar -C empty -cf empty.tar empty.png
	run $M --tsv - <empty.tar
	[ "$status" -eq 1 ]
	[[ "$output" != *"	"* ]]
	run model-infer -m m - <empty.tar
	[[ "$output" == *"empty.png: the file is empty"* ]]
	head -c 3000 val.tar >cut.tar
	run $M - <cut.tar
	[ "$status" -eq 3 ]
	[[ "$output" == *"standard input: "* ]]
}

@test "what a tar stream has and cannot be asked about is named or counted" {
	mkdir -p s/more
	cp "$one" s/a.png
	cp "$two" s/c.png
	cp "$two" s/more/a.png
	cp "$one" big.png
	truncate -s 1100M big.png
	mv big.png s
	truncate -s 1100M s/big.mp4
	ln -f s/a.png s/hard.png
	ln -sf a.png s/soft.png
	echo 0 >s/a.cls
	for f in b c d more/a; do echo 1 >s/$f.cls; done
	# classes without a picture
	run model-infer -m m --json --summary - \
	    < <(tar -C s -cf - b.cls a.png a.cls c.cls c.png d.cls)
	[ "$status" -eq 0 ]
	[[ "$output" == *"passed over 2 files that are neither a picture nor the class of one: b.cls, ..."* ]]
	[[ "$output" == *'"images": 2, "top1": 1,'* ]]
	# of more than a picture may have, and links: the others are answered
	run model-infer -m m --tsv - < <(tar -C s -cSf - \
	    a.png big.png big.mp4 hard.png soft.png c.png)
	[ "$status" -eq 1 ]
	[[ "$output" == *"big.png: more than the "* ]]
	[[ "$output" == *"hard.png: is a link; tar -h --hard-dereference"* ]]
	[[ "$output" == *"soft.png: is a link; tar -h --hard-dereference"* ]]
	[[ "$output" == *"passed over 1 file that is neither"*": big.mp4"* ]]
	[[ "$output" == *"3 bad items"* ]]
	[ "$(grep -c '^[ac]\.png	' <<<"$output")" -eq 2 ]
	run $M --tsv - \
	    < <(tar -C s -h --hard-dereference -cf - a.png hard.png soft.png)
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 3 ]
	# one behind another, with a name again
	tar -C s -cf 1.tar a.cls a.png
	tar -C s/more -cf 2.tar a.cls a.png
	cat 1.tar 2.tar 1.tar | $M --json --summary - |
	    grep '"images": 3, "top1": 1,'
}

@test "a stream of samples is answered as it comes" {
	mkfifo "$BATS_TEST_TMPDIR/in"
	$M --tsv - <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out" & pid=$!
	exec 9>"$BATS_TEST_TMPDIR/in"
	tar -b 1 -cf - "$one" "$two" | head -c -1024 >&9
	wait_for grep -q "^$one" "$BATS_TEST_TMPDIR/out"
	exec 9>&-
	wait $pid
	[ "$(wc -l <"$BATS_TEST_TMPDIR/out")" -eq 2 ]
}

@test "the examples of the page" {
	mkdir -p "$BATS_TEST_TMPDIR/e/lenet"
	cp -r m/. "$BATS_TEST_TMPDIR/e/lenet"
	cp -r dset "$BATS_TEST_TMPDIR/e/digits"
	cp -r few "$BATS_TEST_TMPDIR/e/pictures"
	cp "$one" "$BATS_TEST_TMPDIR/e/seven.png"
	cp "$one" "$BATS_TEST_TMPDIR/e/7"
	cp "$one" "$BATS_TEST_TMPDIR/e/cat.jpg"
	python3 "$BATS_TEST_DIRNAME/onnxfile.py" "$BATS_TEST_TMPDIR/e/resnet50.onnx"
	cd "$BATS_TEST_TMPDIR/e"
	find pictures -path '*/0/*.png' -exec echo {} 0 \; >test.txt
	python_start "$BATS_TEST_TMPDIR/e"
	# others are in model-infer-boxes.bats and model-infer-segmentation.bats
	examples=$(model-infer --help | sed -n '/^Examples:/,$s/^  \(.*model-infer .*\)/\1/p' |
	    grep -v -e '-m cars' -e '-m voc' |
	    sed "s,https://example.com/,$PYTHON_URL,; s/--label 7/--label 1/; s/top1>=0.98/top1>=0.1/")
	[ "$(wc -l <<<"$examples")" -ge 7 ]
	bash -euxo pipefail -c "$examples"
	[ -s confusion.png ]
}

@test "the confusion matrix as a picture, with any ending that is offered" {
	$M --summary -d dset --confusion "$BATS_TEST_TMPDIR/c.png"
	$M --summary -d dset --confusion "$BATS_TEST_TMPDIR/c.svg"
	head -c 8 "$BATS_TEST_TMPDIR/c.png" | grep -q PNG
	python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' \
	    "$BATS_TEST_TMPDIR/c.svg"
	run model-infer -m m -d dset --confusion "$BATS_TEST_TMPDIR/c.jpg"
	[ "$status" -eq 2 ]
	run model-infer -m m -d dset --confusion "$BATS_TEST_TMPDIR/c.svg"
	[ "$status" -eq 8 ]
}
