#!/usr/bin/env bash
# Runs a command as the container does: a user without rights, a system that cannot be written, a /tmp of its own.
# Usage: unshare --mount --propagation private confine.sh UID PYTHON_HOME DATA COMMAND ...
set -euo pipefail
uid=$1 home=$2 data=$3
shift 3
aside=$(mktemp -d)
mkdir "$aside/home" "$aside/data" "$aside/here"
mount --bind "$home" "$aside/home"
mount --bind "$data" "$aside/data"
mount --bind "$PWD" "$aside/here"
if ! setpriv --reuid "$uid" --clear-groups test -x "$home/bin"; then # Python may be installed for root alone
  top=/$(cut -d/ -f2 <<<"$home")
  mount -t tmpfs -o mode=755 tmpfs "$top"
  mkdir -p "$home"
  mount --bind "$aside/home" "$home"
fi
here=$PWD
mount --rbind "$aside" /mnt
mount -t tmpfs -o mode=1777,noexec,nosuid,nodev tmpfs /tmp
mkdir -p "$data"
mount --bind /mnt/data "$data"
if [[ $here == /tmp/* ]]; then # the checkout went away with the other /tmp
  mkdir -p "$here"
  mount --bind /mnt/here "$here"
  mount -o remount,bind,ro "$here"
fi
mount -o remount,bind,ro /
cd "$here"
# The last step refuses memory that is writable and executable, where the kernel can (Linux 6.3).
exec setpriv --reuid "$uid" --regid "$uid" --clear-groups --no-new-privs --inh-caps=-all --ambient-caps=-all \
  --bounding-set=-all -- python3 -c 'import ctypes, os, sys
ctypes.CDLL(None).prctl(65, 1, 0, 0, 0)
os.execvp(sys.argv[1], sys.argv[1:])' "$@"
