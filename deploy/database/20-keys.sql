-- The key store: a second database with a login of its own that opens nothing else. Runs after 10-roles.sql when the cluster is made. On a
-- server that is older than the key store, run it once by hand, as the superuser (docs/install.md). Running it again changes nothing.
\set ON_ERROR_STOP on
\getenv secrets SECRETS_FOLDER
\if :{?secrets}
\else
    \set secrets /run/secrets
\endif
\setenv secrets :secrets
\set keys_password `sed -nE 's#^[a-z]+://[^:]+:([^@]+)@.*$#\1#p' "$secrets/keys_database_url"`

SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_keys') AS missing \gset
\if :missing
    CREATE ROLE portal_keystore NOLOGIN;
    CREATE ROLE portal_keys LOGIN PASSWORD :'keys_password' IN ROLE portal_keystore;
    CREATE DATABASE portal_keys OWNER portal_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';
    REVOKE ALL ON DATABASE portal_keys FROM PUBLIC;
    GRANT CONNECT ON DATABASE portal_keys TO portal_keystore;
    ALTER ROLE portal_keys SET idle_in_transaction_session_timeout = '60s';
    ALTER ROLE portal_keys SET statement_timeout = '15s';
\endif
