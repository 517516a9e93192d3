#!/usr/bin/env bats
# examples/: the recipes in their small form, and the plug-ins that they use.

bats_require_minimum_version 1.5.0

setup() {
	examples=$BATS_TEST_DIRNAME/../../examples
	cd "$BATS_TEST_TMPDIR" || exit
}

recipe() {
	make -C "$examples/$1" OUT="$BATS_TEST_TMPDIR/out" "${@:2}" >log 2>&1 ||
	    { cat log; return 1; }
}

@test "gradients: the slopes are found, and drawn" {
	recipe gradients COUNT=300 SIZE=20 EPOCHS=20
	grep -q '^10 gradients, worst error 0.0' log
	[ "$(grep -c '<line ' out/arrows.svg)" -eq 10 ]
	python3 -c 'import xml.dom.minidom as x; x.parse("out/arrows.svg")'
	# Nothing is left to do.
	recipe gradients COUNT=300 SIZE=20 EPOCHS=20
	! grep -q '^\*' log || false
	# The same numbers from the same seed.
	sh "$examples/plugins/gradients.sh" 2 4 4 5 | tar -xf - -O ./000001.txt >a
	sh "$examples/plugins/gradients.sh" 2 4 4 5 | tar -xf - -O ./000001.txt >b
	cmp a b
	grep -Eq '^-?0\.[0-9]{6} -?0\.[0-9]{6}$' a
}

@test "siamese: pairs of digits" {
	recipe siamese PAIRS=300 TEST=100 EPOCHS=2
	grep -Eq '^100 pairs, [0-9.]+% told rightly' log
	# Blue and green are two digits, red is none.
	dset-show out/pairs -p train --cat --pnm --count 1 | tar -xf -
	python3 - <<'END'
import glob
b = open(glob.glob('*.ppm')[0], 'rb').read()[-3 * 784:]
assert not any(b[0::3]) and any(b[1::3]) and any(b[2::3])
END
	run -1 sh "$examples/plugins/view-pairs.sh" <<<'{"path": "a", "outputs": []}'
}

@test "an autoencoder: digits from fifty numbers" {
	recipe autoencoder EPOCHS=2
	grep -q 'set: 4908 train, 1000 val (28x28 gray' log
	[ -s out/digits.png ]
	[ "$(ls out/some/made)" = "$(printf '%d.pgm\n' 0 1 2 3 4 5 6 7 8 9)" ]
}

@test "contours: masks of 16-bit pictures" {
	recipe contours COUNT=24 EPOCHS=4 'GATE=accuracy>=0.5'
	[ -s out/contours.png ]
	[ "$(cat out/set/labels.txt)" = "$(printf 'background\nleft ventricle')" ]
	# A square: the pixels whose middle it encloses.
	mkdir i c
	echo 'P2 5 4 255 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0' >i/a.pgm
	printf '0.5 0.5\n3.5 0.5\n3.5 2.5\n0.5 2.5\n' >c/a-icontour-manual.txt
	sh "$examples/plugins/contours.sh" i c | tar -xf - -O ./a.label.pgm | tail -n +4 >got
	[ "$(tr -d ' ' <got)" = "$(printf '00000\n01110\n01110\n00000')" ]
	touch c/b.txt
	run -1 sh "$examples/plugins/contours.sh" i c
	[[ "$output" = *"no picture in i is called b"* ]]
}

@test "text: sentences as rows of characters" {
	recipe text COUNT=300 EPOCHS=8 'GATE=accuracy>=0.5'
	grep -Eq '0000001.pgm  *(sport|kitchen|weather) ' log
	printf '3,"Ab","c ""d"" \303\251"\r\n' >t.csv
	sh "$examples/plugins/text.sh" t.csv 12 | tar -xf - -O ./0000000.pgm |
	    tail -n 1 >got
	# a b c blank " d " blank, two bytes that are not in it, and the rest.
	[ "$(cat got)" = ' 1 2 3 60 45 4 45 60 70 70 70 70' ]
	echo 'no comma' >t.csv
	run -3 bash -o pipefail -c "sh '$examples/plugins/text.sh' t.csv | dset-create -t stream -o d"
	[[ "$output" = *"line 1 has no class and text"* ]]
	[ ! -e d ]
}

@test "attributes: a list as CelebA has it" {
	mkdir img
	for i in 1 2 3; do echo "P2 2 2 255 $i $i $i $i" >img/00$i.pgm; done
	printf '3\nBald Smiling Young\n001.pgm -1 1  1\n002.pgm 1 -1 -1\n003.pgm -1 -1 1\n' >list
	sh "$examples/plugins/attributes.sh" list img |
	    dset-create -t stream --gray --val 0 --no-shuffle -o d
	[ "$(cut -f 2 d/train.txt)" = "$(printf -- '-1 1 1\n1 -1 -1\n-1 -1 1')" ]
	sh "$examples/plugins/attributes.sh" list img Young Bald |
	    dset-create -t stream --gray --val 0 --no-shuffle -o e
	[ "$(cut -f 2 e/train.txt)" = "$(printf -- '1 -1\n-1 1\n1 -1')" ]
	run -1 sh "$examples/plugins/attributes.sh" list img Tall
	[[ "$output" = *"no attribute is called Tall"* ]]
	rm img/002.pgm
	run -1 bash -c "sh '$examples/plugins/attributes.sh' list img | dset-create -t stream --val 0 -o f"
	[[ "$output" = *"002: has KEY.txt, but no picture"* ]]
}
