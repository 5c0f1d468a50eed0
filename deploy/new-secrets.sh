#!/bin/sh
# Make the installation's secrets, each a file in deploy/secrets (or the folder named), and leave those that are there as they are.
# The folder is closed to everybody but its owner; the files in it are readable, because containers of three users mount them.
set -eu

folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
chmod 700 "$folder"

keep() { # NAME, content on standard input
    if [ -e "$folder/$1" ]; then
        cat >/dev/null
        echo "kept  $folder/$1"
    else
        cat >"$folder/$1.new"
        chmod 444 "$folder/$1.new"
        mv "$folder/$1.new" "$folder/$1"
        echo "made  $folder/$1"
    fi
}

hex() { head -c "$1" /dev/urandom | od -An -vtx1 | tr -d ' \n'; }
key() { head -c 32 /dev/urandom | base64; }
login() { printf 'postgresql://%s:%s@db:5432/%s' "$1" "$(hex 32)" "${2:-portal}"; }

hex 32 | keep database_superuser_password
login portal_owner | keep database_owner_url
login portal_web | keep database_url
login portal_outside | keep database_disclosed_url
login portal_keys portal_keys | keep keys_database_url
hex 48 | keep secret_key
today=$(date -u +%Y-%m-%d)
printf '{"server_key": "%s", "keys": [{"id": "%s", "key": "%s"}], "signing_keys": [{"id": "%s", "key": "%s"}]}' \
    "$(key)" "$today" "$(key)" "$today" "$(key)" | keep office_key_ring
# Empty unless the ministry's mail server or its eID ask for one, or mail that comes back is fetched or reported (docs/install.md).
printf '' | keep relay_password
printf '' | keep openid_connect_secret
printf '' | keep bounce_mailbox_url
printf '' | keep bounce_webhook_secret
printf '' | keep bounce_provider_secret
