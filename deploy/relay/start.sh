#!/bin/sh
# Postfix that takes the portal's mail on the inner network and passes it on. Writes its configuration from the environment at each
# start, so that nothing of it has to be kept; then it stays in the foreground and logs to the container's output.
#
# PUBLIC_URL               the portal's address; its host is the relay's name
# ALLOWED_SENDER_DOMAINS   domains from which the portal may write, with spaces or commas between them
# RELAYHOST                the ministry's own mail server, such as [mail.ministry.example]:587; empty: deliver by itself
# RELAYHOST_USERNAME, RELAYHOST_PASSWORD_FILE   how to sign in there, if it asks
# BOUNCE_ADDRESS, BOUNCE_LISTENER   mail that comes back to this address goes to the portal's listener, such as [bounces]:2525; without
#                          a listener it goes where all mail goes
# DKIM_KEYS                folder with DOMAIN.private for each domain to sign for, selector "portal"; none: mail is not signed here
set -eu

config="${RELAY_CONFIG:-/run/relay}"
name=$(printf '%s' "$PUBLIC_URL" | sed -E 's|^[a-z]+://||; s|[:/].*$||')
domains=$(printf '%s' "$ALLOWED_SENDER_DOMAINS" | tr ',' ' ')
[ -n "$name" ] && [ -n "${domains# }" ] || { echo "relay: PUBLIC_URL and ALLOWED_SENDER_DOMAINS are needed" >&2; exit 1; }

data="${RELAY_DATA:-/run/relay-data}"
mkdir -p "$config" "$data"
chown postfix "$data"
cp /etc/postfix/master.cf.proto "$config/master.cf"
printf '# Written by start-relay.\n' >"$config/main.cf"

# Which container or process a mail came from is nobody's business.
printf '/^Received:/ IGNORE\n' >"$config/header_checks"
for domain in $domains; do printf '%s OK\n' "$domain"; done >"$config/senders"
printf '<> OK\n' >>"$config/senders"
umask 077
: >"$config/relay_password"
if [ -n "${RELAYHOST:-}" ] && [ -n "${RELAYHOST_USERNAME:-}" ]; then
  printf '%s %s:%s\n' "$RELAYHOST" "$RELAYHOST_USERNAME" "$(cat "$RELAYHOST_PASSWORD_FILE")" >"$config/relay_password"
fi
umask 022

set_to() { postconf -c "$config" -e "$1"; }
set_to "compatibility_level = 3.6"
set_to "maillog_file = /dev/stdout"
set_to "myhostname = $name"
set_to "mydestination ="
set_to "local_transport = error:nobody has a mailbox here"
set_to "alias_maps ="
set_to "inet_interfaces = ${RELAY_ADDRESS:-all}"
set_to "mynetworks = 127.0.0.0/8 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 [::1]/128 [fc00::]/7"
set_to "smtpd_relay_restrictions = permit_mynetworks, reject"
set_to "smtpd_sender_restrictions = check_sender_access texthash:$config/senders, reject"
set_to "smtpd_client_connection_count_limit = 100"
set_to "disable_vrfy_command = yes"
set_to "header_checks = regexp:$config/header_checks"
set_to "message_size_limit = 20971520"
set_to "relayhost = ${RELAYHOST:-}"
set_to "smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt"
set_to "smtp_sasl_password_maps = texthash:$config/relay_password"
set_to "smtp_sasl_security_options = noanonymous"
if [ -s "$config/relay_password" ]; then
  set_to "smtp_sasl_auth_enable = yes"
  set_to "smtp_tls_security_level = encrypt"
else
  set_to "smtp_tls_security_level = may"
fi
# What can't be delivered comes back to the portal within two days, while an advisory still matters.
set_to "maximal_queue_lifetime = 2d"
set_to "bounce_queue_lifetime = 1d"
[ -z "${RELAY_QUEUE:-}" ] || set_to "queue_directory = $RELAY_QUEUE"
set_to "data_directory = $data"

postconf -c "$config" -MX smtp/inet
postconf -c "$config" -M "${RELAY_PORT:-587}/inet=${RELAY_PORT:-587} inet n - n - - smtpd"
postconf -c "$config" -F '*/*/chroot = n'

if [ -n "${BOUNCE_ADDRESS:-}" ] && [ -n "${BOUNCE_LISTENER:-}" ]; then
  # What could not be delivered, above all by this relay itself, is told to the portal without leaving the inner network. A way of its
  # own, because the ministry's server is spoken to with TLS and a password.
  local=$(printf '%s' "${BOUNCE_ADDRESS%@*}" | sed 's/[.]/\\./g')
  domain=$(printf '%s' "${BOUNCE_ADDRESS##*@}" | sed 's/[.]/\\./g')
  printf '/^%s([+][a-z2-7]+)?@%s$/ bounces:%s\n' "$local" "$domain" "$BOUNCE_LISTENER" >"$config/transport"
  set_to "transport_maps = regexp:$config/transport"
  postconf -c "$config" -M "bounces/unix=bounces unix - - n - - smtp -o smtp_tls_security_level=none -o smtp_sasl_auth_enable=no"
fi

keys="${DKIM_KEYS:-/dkim}"
if ls "$keys"/*.private >/dev/null 2>&1; then
  : >"$config/dkim_keys" && : >"$config/dkim_senders"
  for domain in $domains; do
    [ -f "$keys/$domain.private" ] || continue
    printf 'portal._domainkey.%s %s:portal:%s\n' "$domain" "$domain" "$keys/$domain.private" >>"$config/dkim_keys"
    printf '*@%s portal._domainkey.%s\n' "$domain" "$domain" >>"$config/dkim_senders"
  done
  cat >"$config/opendkim.conf" <<CONFIGURATION
Socket inet:${DKIM_PORT:-8891}@127.0.0.1
PidFile $config/opendkim.pid
Mode s
Canonicalization relaxed/relaxed
KeyTable $config/dkim_keys
SigningTable refile:$config/dkim_senders
SignHeaders *,+List-Unsubscribe-Post,+Feedback-ID
OversignHeaders From
RequireSafeKeys no
Syslog no
CONFIGURATION
  opendkim -x "$config/opendkim.conf"
  set_to "smtpd_milters = inet:127.0.0.1:${DKIM_PORT:-8891}"
  # A mail is never sent unsigned because the signer is not there yet: it waits.
  set_to "milter_default_action = tempfail"
fi

exec postfix -c "$config" start-fg
