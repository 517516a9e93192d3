#!/usr/bin/env bats
# dset-create --columns: lists that are tables.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	for i in 1 2 3 'a, b'; do
		python3 -c 'import sys
print("P2 2 2 255", *[len(sys.argv[1]) * 9 + ord(sys.argv[1][0])] * 4)' "$i" >"$i.pgm"
	done
}

create() {
	dset-create --no-shuffle --size 2x2 "$@"
}

@test "CSV: class, numbers and parts by the names of their columns" {
	cat >t.csv <<'END'
id,file,kind,x,part
7,1.pgm,cat,0.5,train
8,2.pgm,big dog,1.5,VAL
9,"a, b.pgm","cat",2.5,train

10,3.pgm,big dog,3,training
END
	create --list t.csv --columns path=file,label=kind,split=part -o d
	[ "$(cat d/train.txt)" = "$(printf '1.pgm 1\na, b.pgm 1\n3.pgm 0')" ]
	[ "$(cat d/val.txt)" = '2.pgm 0' ]
	[ "$(cat d/labels.txt)" = "$(printf 'big dog\ncat')" ]
	# Several numbers, a column by its number; names go into labels.txt.
	create --list t.csv --columns path=2,label=x+id,split=part -o e
	[ "$(cat e/train.txt)" = "$(printf '1.pgm\t0.5 7\na, b.pgm\t2.5 9\n3.pgm\t3 10')" ]
	[ "$(cat e/labels.txt)" = "$(printf 'x\nid')" ]
	python3 -c '
import json
j = json.load(open("e/dataset.json"))
assert j["task"] == "regression" and j["labels_per_record"] == 2, j
assert j["options"]["columns"] == "path=2,label=x+id,split=part"'
	# With TABs, semicolons, CRLF and a byte order mark; one number; a root.
	{ printf '\357\273\277'; tr , '\t' <t.csv | sed 's/"a\t b.pgm"/a, b.pgm/; s/"cat"/cat/; s/$/\r/'; } >t.tsv
	create --list t.tsv --columns path=file,label=kind,split=part -o f
	cmp d/train.txt f/train.txt
	mkdir sub
	mv [123].pgm sub
	printf 'file;v\n1.pgm;5\n2.pgm;6\n' >t2.csv
	create --list t2.csv --columns label=v --labels-from column --root sub --val 0 -o g
	[ "$(cat g/train.txt)" = "$(printf 'sub/1.pgm\t5\nsub/2.pgm\t6')" ]
	# The lines of an error are those of the file.
	printf 'file,v\n1.pgm,5\n\n2.pgm,x y\n3.pgm\n4.pgm,\n3.pgm,1\n' >bad.csv
	run -1 --separate-stderr create --list bad.csv --columns label=v --labels-from column --root sub --val 0 -o h
	[[ "$stderr" = *'bad.csv: record 4: "y" is not a number'* || "$stderr" = *'bad.csv: record 4: '* ]]
	[[ "$stderr" = *"bad.csv: record 5: 1 columns, and there are 2"* ]]
	[[ "$stderr" = *"bad.csv: record 6: a label is empty"* ]]
	[ "$(wc -l <h/train.txt)" -eq 2 ]
}

@test "attributes as CelebA has them" {
	printf '3\nBald Smiling Young \n1.pgm -1  1  1\n2.pgm  1 -1 -1\n3.pgm -1 -1  1\n' >list
	create --list list --columns 'label=*' --val 0 -o d
	[ "$(cat d/train.txt)" = "$(printf '1.pgm\t-1 1 1\n2.pgm\t1 -1 -1\n3.pgm\t-1 -1 1')" ]
	[ "$(cat d/labels.txt)" = "$(printf 'Bald\nSmiling\nYoung')" ]
	create --list list --columns label=Young+Bald --val 0 -o e
	[ "$(head -n 1 e/train.txt)" = "$(printf '1.pgm\t1 -1')" ]
	# A table from a pipe, another for validation.
	printf 'f y\n3.pgm 4\n' >val
	printf 'f y\n1.pgm 2\n2.pgm 3\n' | create --list - --val-list val \
	    --columns label=y --labels-from column -o f
	[ "$(cat f/val.txt)" = "$(printf '3.pgm\t4')" ]
}

@test "what is wrong with a table or what is wanted of it" {
	printf 'file,v\n1.pgm,5\n' >t.csv
	run -3 create --list t.csv --columns label=w -o d
	[[ "$output" = *'t.csv: no column is called "w": there are file, v'* ]]
	run -3 create --list t.csv --columns path=9,label=v -o d
	for spec in '' x label= path=file label=v,label=v label=v,oops=1; do
		run -2 create --list t.csv --columns "$spec" -o d
		[[ "$output" = *"path=NAME,label=NAME,split=NAME is wanted"* ]]
	done
	printf 'file,v,part\n1.pgm,5,train\n2.pgm,5,elsewhere\n' >t.csv
	run -1 --separate-stderr create --list t.csv --columns label=v,split=part -o e
	[[ "$stderr" = *'"elsewhere" is no part: train, val or test'* ]]
	printf 'file,v\n' >t.csv
	run -3 create --list t.csv --columns label=v -o d
	[[ "$output" = *"t.csv: has no rows below its first line"* ]]
	: >t.csv
	run -3 create --list t.csv --columns label=v -o d
	printf 'file,v\n"1.pgm,5\n' >t.csv
	run -3 create --list t.csv --columns label=v -o d
	[[ "$output" = *"the file ends within quotes"* ]]
	run -4 create --list nowhere.csv --columns label=v -o d
	[ ! -e d ]
}
