# The README's lines, run one after the other on the digits that the project
# ships; only the download is left out.

@test "every worked line of the README works" {
	lines=$(sed -n '/^## The programs/,/^## Building/s/^    //p' README.md |
	    grep -v '^dset-fetch' | sed 's/-e 5 /-e 1 /')
	cd "$BATS_TEST_TMPDIR"
	tar xzf "$OLDPWD/examples/mnist/mnist.tar.gz"
	# The test set's first picture, as dset-fetch would name it.
	cp mnist/test/7/60000.png mnist/test/7/00000.png
	bash -euxo pipefail -c "$lines" >out 2>err ||
	    { cat err; false; }
	[ -s digits.png ]
	[ -s models/lenet/deploy.prototxt ]
	[ "$(grep -c '^mnist/test/' out)" -eq 1003 ]
}

@test "the README names every program" {
	for p in src/*.c; do
		p=$(basename "$p" .c)
		grep -q "^    .*$p" README.md || { echo "$p"; false; }
	done
}
