# A Python that has numpy and pycocotools, for figures that are worked out another way,
# and the readers of TensorBoard and OpenMetrics.

judge() { # [ARG...]
	"${NNUTILS_TEST_PYTHON:-python3}" -B "$@"
}

# Skips the test where there is none.
need_judges() {
	judge -c 'import numpy, pycocotools' 2>/dev/null ||
	    skip "no numpy and pycocotools (sh scripts/deps judges)"
}

# need_readers MODULE...: the same of those.
need_readers() {
	local m
	for m; do
		judge -c "import $m" 2>/dev/null ||
		    skip "no Python module $m (sh scripts/deps judges)"
	done
}
