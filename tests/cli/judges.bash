# A Python that has numpy and pycocotools, for figures that are worked out another way.

judge() { # [ARG...]
	"${NNUTILS_TEST_PYTHON:-python3}" -B "$@"
}

# Skips the test where there is none.
need_judges() {
	judge -c 'import numpy, pycocotools' 2>/dev/null ||
	    skip "no numpy and pycocotools (sh scripts/deps judges)"
}
