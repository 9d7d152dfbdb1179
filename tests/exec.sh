#!/bin/bash
# Runs one test for prove: tests/exec.sh FILE --tap. A program that aborts at a failed assertion says
# "Bail out!", at which prove would leave all other tests out; here it is one test that failed.
case $1 in
*.t) exec "$1" ;;
*/*) file=$1 ;;
*) file=./$1 ;;
esac
"$file" "${@:2}" | sed -u 's/^Bail out!/not ok - stopped:/'
exit "${PIPESTATUS[0]}"
