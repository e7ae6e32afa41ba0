#!/usr/bin/env bash
# Runs a command as a container would: a root of its own that cannot be written, a user without rights, and of the
# checkout nothing but what the image holds.
# Usage: unshare --mount --propagation private container.sh SETUP UID CAPABILITIES WORKDIR COMMAND ...
# SETUP is a folder: data/ and secrets/ are mounted, and the files hosts, tmp (where a tmpfs goes) and binds (what else is
# there, read-only) say the rest.
set -euo pipefail
setup=$1 uid=$2 capabilities=$3 workdir=$4
shift 4
root=$(mktemp -d)
mount -t tmpfs -o mode=755 tmpfs "$root"
place() { # place SOURCE TARGET: there, read-only
  mkdir -p "$root$(dirname "$2")"
  if [[ -d $1 ]]; then mkdir -p "$root$2"; else [[ -e $root$2 ]] || : >"$root$2"; fi
  mount --bind "$1" "$root$2"
  mount -o remount,bind,ro "$root$2"
}
for top in /bin /lib /lib64 /sbin; do
  if [[ -L $top ]]; then cp -d "$top" "$root$top"; elif [[ -d $top ]]; then place "$top" "$top"; fi
done
place /usr /usr
for each in alternatives group ld.so.cache ld.so.conf ld.so.conf.d nsswitch.conf passwd protocols services ssl; do
  if [[ -e /etc/$each ]]; then place "/etc/$each" "/etc/$each"; fi
done
place "$setup/hosts" /etc/hosts
while read -r source target; do place "$source" "$target"; done <"$setup/binds"
mkdir -p "$root"/{proc,dev,data,run/secrets}
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --bind "$setup/data" "$root/data"
mount --bind "$setup/secrets" "$root/run/secrets"
mount -o remount,bind,ro "$root/run/secrets"
while read -r folder options; do
  mkdir -p "$root$folder"
  mount -t tmpfs -o "mode=1777${options:+,$options}" tmpfs "$root$folder"
done <"$setup/tmp"
mount -o remount,bind,ro "$root"
walls=(--no-new-privs --inh-caps=-all --ambient-caps=-all --bounding-set="-all$capabilities")
if ((uid)); then user=(--reuid "$uid" --regid "$uid" --clear-groups); else user=(--clear-groups); fi
# shellcheck disable=SC2016  # the inner shell is to expand them
exec /usr/sbin/chroot "$root" setpriv "${user[@]}" "${walls[@]}" -- sh -c 'cd "$0" && exec "$@"' "$workdir" "$@"
