#!/usr/bin/env bats
# Folders as people have them: parts, one level too many, names that become the same.

bats_require_minimum_version 1.5.0

load servers

teardown() {
	servers_stop
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	create=(dset-create --gray --size 4x4 --no-shuffle --duplicates ignore)
}

# pictures DIR N: N of them.
pictures() {
	local i=0
	mkdir -p "$1"
	while [ "$i" -lt "$2" ]; do
		printf 'P2 2 2 255 %d %d 7 7\n' "$i" ${#1} >"$1/$i.pgm"
		i=$((i + 1))
	done
}

# counts DSET: of train, val and test.
counts() {
	for p in train val test; do
		[ ! -e "$1/$p.txt" ] || printf '%s %d ' $p "$(wc -l <"$1/$p.txt")"
	done
}

@test "train, val and test below a folder are its parts" {
	for p in train Validation test; do
		pictures "pets/$p/cat" 4
		pictures "pets/$p/dog" 3
	done
	run "${create[@]}" -o d pets
	[ "$status" -eq 0 ]
	[[ "$output" == *"pets: taken as parts, not as classes: train, Validation, test"* ]]
	[ "$(counts d)" = "train 7 val 7 test 7 " ]
	[ "$(cat d/labels.txt | tr '\n' ' ')" = "cat dog " ]
	"${create[@]}" -q -o e --val-folder pets/Validation --test-folder pets/test pets/train
	cmp d/train_db/data.mdb e/train_db/data.mdb
	cmp d/val.txt e/val.txt
	# options are heeded, or said to be idle
	run "${create[@]}" --val 0 -o f pets
	[[ "$output" == *"pets/Validation is left out, by --val 0"* ]]
	[ "$(counts f)" = "train 7 test 7 " ]
	run "${create[@]}" --val 10 -o g pets
	[[ "$output" == *"--val has no effect: pets/Validation is that part"* ]]
	run "${create[@]}" --test-folder pets/train -o h pets
	[[ "$output" == *"pets/test is left out: there is another test part"* ]]
	rm -r pets/Validation
	"${create[@]}" -q -o i pets
	[ "$(counts i)" = "train 5 val 2 test 7 " ]
}

@test "an archive's one folder, and what macOS leaves, make no classes" {
	pictures pets/pets/cat 4
	pictures pets/pets/dog 4
	mkdir -p pets/__MACOSX/pets
	"${create[@]}" -q --val 0 -o d pets
	[ "$(cat d/labels.txt | tr '\n' ' ')" = "cat dog " ]
	mv pets/pets pets/animals
	run "${create[@]}" --val 0 -o e pets
	[ "$status" -eq 3 ]
	[[ "$output" == *"pets: 1 class with enough pictures, two are needed; is pets/animals the folder of the classes?" ]]
	mkdir pets/animals/train
	mv pets/animals/cat pets/animals/dog pets/animals/train/
	"${create[@]}" -q --val 0 -o f pets
	[ "$(cat f/labels.txt | tr '\n' ' ')" = "cat dog " ]
	(cd pets && tar -cf ../pets.tar . && tar -czf ../pets.tgz .)
	for f in pets.tar pets.tgz; do
		run "${create[@]}" -o g "$f"
		[ "$status" -eq 3 ]
		[[ "$output" == *"$f is an archive: unpack it, and name the folder" ]]
	done
}

@test "a folder of pictures in place of a data set" {
	pictures src/cat 3
	for cmd in "dset-show" "model-train -o m -n lenet -d"; do
		run $cmd src
		[ "$status" -eq 4 ]
		[[ "$output" == *"src: it holds no train_db, val_db or test_db"*"(dset-create makes a data set of pictures)" ]]
	done
}

@test "pictures of a class at any depth; what names do not tell is said" {
	pictures a/cat/2021/may 3
	pictures a/cat/2022 3
	pictures a/dog/2021 3
	run "${create[@]}" --val 0 -o d a
	[ "$status" -eq 0 ]
	[ "$(cat d/labels.txt | tr '\n' ' ')" = "cat dog " ]
	[ "$(counts d)" = "train 9 " ]
	[ "$(wc -l <<<"$output")" -eq 4 ] # nothing is odd
	for f in one two; do
		pictures "folds/$f/cat" 3
		pictures "folds/$f/dog" 3
	done
	run "${create[@]}" -o e folds
	[[ "$output" == *"folds: each of its folders holds the folders cat, dog; where these are the classes, the sources are folds/one, folds/two"* ]]
	pictures b/train 3
	pictures b/test 3
	run "${create[@]}" -o f b
	[[ "$output" == *"b: test, train are taken as classes: not each of them holds class folders"* ]]
	[ "$(cat f/labels.txt | tr '\n' ' ')" = "test train " ]
	pictures c/train/x 3
	pictures c/test/x 3
	pictures c/cow 3
	run "${create[@]}" -o g c
	[[ "$output" == *"c: train is taken as a class, as other folders are not called after parts"* ]]
}

@test "names of folders that become blank, or the same" {
	pictures src/_ 3
	pictures src/__ 3
	pictures src/_a_ 3
	pictures src/$'b\nc' 3
	"${create[@]}" -q --val 0 -o d src
	[ "$(cat d/labels.txt)" = "$(printf '_\n__\na\nb c')" ]
	[ "$(dset-show --tsv d | grep -c '	b c	')" -eq 1 ]
	pictures src/a 3
	run "${create[@]}" --val 0 -o e src
	[ "$status" -eq 3 ]
	[[ "$output" == *'src/_a_ and src/a: two classes with the name "a"; a --class-map FILE with the line "a TAB new name" parts or joins them'* ]]
	# by the folder's name: parted, or joined
	printf '_a_\tother\n' >map
	"${create[@]}" -q --val 0 --class-map map -o f src
	[ "$(sort f/labels.txt | tr '\n' ' ')" = "_ __ a b c other " ]
	printf '_a_\ta\n' >map
	"${create[@]}" -q --val 0 --class-map map -o g src
	[ "$(grep -c '^a$' g/labels.txt)" -eq 1 ]
	# a map of others merges nothing unseen
	printf '_\tx\n' >map
	run "${create[@]}" --val 0 --class-map map -o h src
	[ "$status" -eq 3 ]
}

@test "parts below a URL are said, as they are not looked into" {
	pictures web/train/cat 3
	pictures web/train/dog 3
	pictures web/val/cat 3
	pictures web/val/dog 3
	python_start "$PWD"
	export NNUTILS_CACHE=$PWD/cache
	url=${PYTHON_URL%/}
	run "${create[@]}" -o d "$url/web/"
	[ "$status" -eq 0 ]
	[[ "$output" == *"$url/web/: train, val are taken as classes; where they are parts, name the one for training, and the others by --val-folder"* ]]
	run "${create[@]}" -o e --val-folder "$url/web/val/" "$url/web/train/"
	[ "$status" -eq 0 ]
	[[ "$output" != *parts* ]]
	[ "$(counts e)" = "train 6 val 6 " ]
}
