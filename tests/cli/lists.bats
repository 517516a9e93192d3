#!/usr/bin/env bats
# Lists and small texts as people have them: byte order marks, carriage returns, names
# for labels, numbers from 1, odd file names.

load small

setup_file() {
	export D=$BATS_FILE_TMPDIR
	small_make "$D"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	cp -r "$D/few" .
	create=(dset-create --gray --size 28x28 --val 0 --no-shuffle
	    --duplicates ignore)
}

# lines CLASS NUMBER LABEL: so many lines of a list.
lines() {
	find few/"$1" -name '*.png' | sort | head -n "$2" |
	    sed "s/\$/ ${3//\//\\/}/"
}

# dos: as an editor of another system has it.
dos() {
	printf '\357\273\277'
	sed 's/$/\r/'
}

@test "byte order marks and carriage returns in lists, labels, maps, weights" {
	{ lines 0 3 0; lines 1 3 1; } >list
	dos <list >dlist
	printf 'cat\ndog\n' | dos >labels
	printf 'cat\ttiger\n' | dos >map
	"${create[@]}" -q --list dlist --labels labels --class-map map -o d
	[ "$(cat d/labels.txt)" = "$(printf 'tiger\ndog')" ]
	cmp d/train.txt list
	model-infer -m "$D/m" --tsv --list dlist >a
	model-infer -m "$D/m" --tsv --list list >b
	cmp a b
	cut -d ' ' -f 1 list | dos | model-infer -m "$D/m" --tsv - >a
	cut -d ' ' -f 1 list | model-infer -m "$D/m" --tsv - >b
	cmp a b
	printf '1\n2\n1\n' | dos >weights
	model-train -q -d "$D/dset" -n lenet -b 9 -e 1 --device cpu \
	    --class-weights weights -o w
}

@test "the same in models, data sets, solvers, stores and cards" {
	cp -r "$D/m" "$D/dset" "$D/store" .
	for f in m/labels.txt m/info.json m/deploy.prototxt dset/labels.txt \
	    dset/dataset.json; do
		dos <"$f" >x && mv x "$f"
	done
	model-infer -m m --tsv few/*/*.png >a
	model-infer -m "$D/m" --tsv few/*/*.png >b
	cmp a b
	[ "$(model-show -q m)" = "$(model-show -q "$D/m" | sed "s|$D/m|m|")" ]
	[ "$(dset-show --tsv dset)" = "$(dset-show --tsv "$D/dset" | sed "s|$D/||")" ]
	dos <store/master.json >x && mv x store/master.json
	touch -d '1 hour ago' store/master.json
	run store-list --refresh --tsv store
	[ "$status" -eq 0 ]
	[[ "$output" == *store*m* ]]
	mkdir card
	cp "$D"/m/snapshot_iter_*.caffemodel card/w.caffemodel
	printf -- '---\nname: a\ncaffemodel: w.caffemodel\ncaffemodel_url: %s\nsha1: %s\n---\n' \
	    http://127.0.0.1:1/w "$(sha1sum <card/w.caffemodel | cut -c 1-40)" |
	    dos >card/readme.md
	zoo-fetch card
}

# utf16 FILE: FILE so, in place.
utf16() {
	iconv -f utf-8 -t utf-16 "$1" >x16 && mv x16 "$1"
}

@test "UTF-16 is called so wherever text is read" {
	lines 0 3 0 >list && utf16 list
	run dset-create -o d --list list
	[ "$status" -eq 3 ]
	[[ "$output" == *"list: is UTF-16 text, not a list"* ]]
	run model-infer -m "$D/m" --list list
	[ "$status" -eq 3 ]
	[[ "$output" == *"list: is UTF-16 text, not a list of names"* ]]
	echo cat >labels && utf16 labels
	lines 0 3 0 >list
	run dset-create -o d --list list --labels labels
	[ "$status" -eq 3 ]
	[[ "$output" == *"labels: is UTF-16 text, not labels"* ]]
	cp -r "$D/m" "$D/dset" "$D/store" .
	utf16 m/info.json
	run model-show m
	[[ "$output" == *"m/info.json: is UTF-16 text"* ]]
	utf16 dset/dataset.json
	run dset-show dset
	[[ "$output" == *"dset/dataset.json: is UTF-16 text"* ]]
	utf16 store/master.json
	run store-list --refresh store
	[[ "$output" == *"is UTF-16 text"* ]]
	mkdir card
	printf -- '---\nname: a\n---\n' >card/readme.md && utf16 card/readme.md
	run zoo-fetch card
	[[ "$output" == *"readme.md: is UTF-16 text, not a readme.md"* ]]
	# neither is a picture a list
	run dset-create -o d --list "$(find few -name '*.png' | head -n 1)"
	[ "$status" -eq 3 ]
	[[ "$output" == *"is a PNG picture, not a list" ]]
}

@test "labels from 1, and gaps, are said; --labels-from 1 counts so" {
	{ lines 0 3 1; lines 1 3 2; lines 2 2 4; } >list
	run "${create[@]}" --list list -o d
	[ "$status" -eq 0 ]
	[[ "$output" == *"list: labels are 1 to 4, none is 0 (--labels-from 1"* ]]
	run "${create[@]}" --list list --labels-from 1 -o e
	[ "$status" -eq 0 ]
	[[ "$output" == *"list: 1 of 4 classes has no picture: 3"* ]]
	[ "$(cat e/labels.txt | tr '\n' ' ')" = "1 2 3 4 " ]
	[ "$(cut -d ' ' -f 2 e/train.txt | tr '\n' ' ')" = "0 0 0 1 1 1 3 3 " ]
	grep -q '"first_label": 1' e/dataset.json
	printf 'a\nb\nc\nd\n' >names
	run "${create[@]}" --list list --labels names -o f
	[ "$status" -eq 1 ]
	[[ "$output" == *'label "4" is not within 0 to 3'* ]]
	[[ "$output" == *"--labels-from 1"* ]]
	"${create[@]}" -q --list list --labels names --labels-from 1 -o g
	cmp g/train.txt e/train.txt
	lines 0 1 0 >>list
	run "${create[@]}" --list list --labels-from 1 -o h
	[ "$status" -eq 1 ]
	[[ "$output" == *'list: record 9: label "0" is not a number from 1 to '* ]]
	run "${create[@]}" few --labels-from 1 -o i
	[[ "$output" == *"--labels-from has no effect"* ]]
	# as the truth, too
	{ lines 0 3 1; lines 1 3 2; lines 2 2 3; } >list
	{ lines 0 3 0; lines 1 3 1; lines 2 2 2; } >list0
	run model-infer -m "$D/m" --tsv --list list
	[ "$status" -eq 0 ]
	[[ "$output" == *"does not have their labels: 2 pictures, and none is of class 0 (--labels-from 1"* ]]
	model-infer -m "$D/m" --list list --labels-from 1 >a
	model-infer -m "$D/m" --list list0 >b
	cmp a b
	grep -q '^8 images' a
	run model-infer -m "$D/m" --list list0 --labels-from 1
	[[ "$output" == *"does not have their labels: 3 pictures"* ]]
	[[ "$output" != *"none is of class 0"* ]]
	model-infer -q -m "$D/m" --json --list list0 --labels-from 1 >a
	[ "$(grep -c '"path"' a)" -eq 8 ]
	[ "$(grep -o '"truth": [0-9]*' a | sort | uniq -c | tr -s ' \n' ' ')" = \
	    ' 3 "truth": 0 2 "truth": 1 ' ]
	for i in 1 2 3 4 5; do lines 0 1 "0.$i"; done >list
	run "${create[@]}" --list list -o k
	[ "$status" -eq 3 ]
	[[ "$output" == *'label "0.1" is not a whole number (--labels-from column'* ]]
	run dset-create -o k --list - <<<'a.png 1e30'
	[[ "$output" == *'label "1e30" is not a number from 0 to '* ]]
}

@test "a list may have names for classes" {
	{ lines 2 3 dog; lines 0 3 cat; lines 1 2 3; } >list
	run "${create[@]}" --list list -o d
	[ "$status" -eq 0 ]
	[ "$(cat d/labels.txt | tr '\n' ' ')" = "3 cat dog " ]
	[ "$(cut -d ' ' -f 2 d/train.txt | tr '\n' ' ')" = "2 2 2 1 1 1 0 0 " ]
	# in the order of a labels file; others are bad
	printf 'dog\ncat\n' >names
	run "${create[@]}" --list list --labels names -o e
	[ "$status" -eq 1 ]
	[[ "$output" == *'list: record 7: no class is called "3"'* ]]
	[ "$(cut -d ' ' -f 2 e/train.txt | tr '\n' ' ')" = "0 0 0 1 1 1 " ]
	# a TAB parts what has blanks; a validation list knows the same names
	mv few/0 'few/a b'
	{ lines 'a b' 2 'x'; lines 1 2 y; } | sed 's/ \([xy]\)$/\tthe \1/' >list
	lines 1 1 'y' | sed 's/ y$/\tthe y/' >vlist
	echo 'few/1/none.png	what' >>vlist
	run "${create[@]}" --list list --val-list vlist -o f
	[ "$status" -eq 1 ]
	[ "$(cat f/labels.txt | tr '\n' ' ')" = "the x the y " ]
	[ "$(cut -d ' ' -f 2 f/val.txt)" = 1 ]
	[[ "$output" == *'vlist: record 2: no class is called "what"'* ]]
	# beside folders, theirs
	lines 1 2 1 | sed 's/ 1$/ a_b/' >vlist
	"${create[@]}" -q --val-list vlist -o g few
	[ "$(cut -d ' ' -f 2 g/val.txt | sort -u)" = "$(grep -n '^a b$' g/labels.txt | sed 's/:.*//; s/3/2/')" ]
	# a line or two without a label make no names of the numbers
	{ echo 'path label'; lines 2 3 0; lines 1 3 1; echo 'few/2/x,1'; } >list
	run "${create[@]}" --list list -o h
	[ "$status" -eq 1 ]
	[[ "$output" == *'list: record 1: label "label" is not a number'* ]]
	[[ "$output" == *'list: record 8: no label after the path ('*comma* ]]
	[ "$(wc -l <h/train.txt)" -eq 6 ]
}

@test "names that no line can hold keep line i and record i together" {
	odd=$'few/0/ a\n\t"b\\\r \303\244.png '
	mv "$(find few/0 -name '*.png' | sort | head -n 1)" "$odd"
	mv "$(find few/1 -name '*.png' | sort | head -n 1)" $'few/1/\nx.png'
	"${create[@]}" -q -o d few
	[ "$(wc -l <d/train.txt)" -eq 36 ]
	grep -qF '"few/0/ a\n\t\"b\\\r ä.png " 0' d/train.txt
	"${create[@]}" -q --list d/train.txt -o e
	cmp d/train.txt e/train.txt
	cmp d/train_db/data.mdb e/train_db/data.mdb
	run model-infer -m "$D/m" --tsv --list d/train.txt
	[ "$status" -eq 0 ]
	# between zeros names are as they are
	cp "$odd" '"x"'
	printf '%s 0\0"x" 1\0' $'few/1/\nx.png' >list
	"${create[@]}" -q -0 --list list -o f
	[ "$(cat f/train.txt)" = '"few/1/\nx.png" 0
"\"x\"" 1' ]
}

@test "a list of another folder: ten lines, a count, and the root that would do" {
	mkdir lists
	find few -name '*.png' | sort | sed 's/$/ 0/; s/^few/pictures/' >lists/all
	mv few lists/pictures
	run "${create[@]}" --bad bad --list lists/all -o d
	[ "$status" -eq 3 ]
	[ "$(grep -c 'pictures/.*: No such file' <<<"$output")" -eq 10 ]
	[[ "$output" == *"... and 26 more: No such file or directory"* ]]
	[[ "$output" == *"none of the 36 train pictures can be used; with --root lists they are there" ]]
	[ "$(wc -l <bad)" -eq 36 ]
	[ ! -e d ]
	"${create[@]}" -q --root lists --list lists/all -o d
	run model-infer -m "$D/m" --tsv --list lists/all
	[ "$status" -eq 3 ]
	[ "$(grep -c ': No such file' <<<"$output")" -eq 11 ]
	[[ "$output" == *"... and 26 more: No such file or directory (--bad FILE names all)"* ]]
	[[ "$output" == *"none of the pictures of lists/all can be used; with --root lists they are there"* ]]
	# from a folder beside it, and where no root is known
	mkdir work
	run bash -c 'cd work && dset-create -o d --list ../lists/all'
	[[ "$output" == *"with --root ../lists they are there" ]]
	sed 's/^/x/' lists/all >lists/none
	run model-infer -m "$D/m" --tsv --list lists/none
	[ "$status" -eq 3 ]
	[[ "$output" == *"; --root DIR is put before its names"* ]]
	run model-infer -m "$D/m" --tsv --root work --list lists/all
	[ "$status" -eq 3 ]
	[[ "$output" == *"; is --root work the folder that its names begin in?"* ]]
	# -v names all; of other reasons each has its own ten
	run "${create[@]}" -v --list lists/all -o e
	[ "$(grep -c 'pictures/.*: No such file' <<<"$output")" -eq 36 ]
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo x; done >>lists/all
	run "${create[@]}" --list lists/all -o e
	[[ "$output" == *"... and 2 more: no label after the path"* ]]
	[[ "$output" == *"... and 26 more: No such file"* ]]
}

@test "a path that only a shell or Windows would know gets a word" {
	tilde='~ is a home folder only to the shell'
	for cmd in "dset-create -o d" net-show "model-infer -m" \
	    "dset-create -o d --list" "model-show" "dset-show" "job-list" \
	    "model-pack -o x.tar" "zoo-fetch" "model-train -o m -n lenet -d" \
	    "model-infer -m $D/m --list" "model-infer -m $D/m"; do
		arg=
		[ "$cmd" != "model-infer -m" ] || arg=x.png
		run $cmd '~/there' $arg
		echo "$cmd: $output"
		[ "$status" -ne 0 ]
		[ "$(grep -c "$tilde" <<<"$output")" -eq 1 ]
		run $cmd 'C:\there' $arg
		[ "$status" -ne 0 ]
		[ "$(grep -c 'C: is a drive of Windows' <<<"$output")" -eq 1 ]
	done
	echo 'D:/a/b.png 0' >list
	run dset-create -o d --list list
	[[ "$output" == *'D: is a drive of Windows'* ]]
	run net-show "$PWD/no~/net.prototxt"
	[[ "$output" != *"$tilde"* ]]
	run net-show http://127.0.0.1:1/x
	[[ "$output" != *"drive"* ]]
}
