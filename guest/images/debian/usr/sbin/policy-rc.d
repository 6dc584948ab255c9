#!/bin/sh
# Asked by invoke-rc.d before a package starts its service: 101 means no. A container starts one program itself.
exit 101
