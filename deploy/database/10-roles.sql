-- Runs once, as the superuser, when the cluster is made. Three logins on one database: the owner migrates, the web login reads and
-- writes rows, the outside login reads the registry's projection and adds to its
-- ledger of looks. None of them is a superuser or may make roles. The passwords
-- stand in the secret files alone, as part of the addresses that the portal reads.
\set ON_ERROR_STOP on
\getenv secrets SECRETS_FOLDER
\if :{?secrets}
\else
    \set secrets /run/secrets
\endif
\setenv secrets :secrets
\set owner_password `sed -nE 's#^[a-z]+://[^:]+:([^@]+)@.*$#\1#p' "$secrets/database_owner_url"`
\set web_password `sed -nE 's#^[a-z]+://[^:]+:([^@]+)@.*$#\1#p' "$secrets/database_url"`
\set outside_password `sed -nE 's#^[a-z]+://[^:]+:([^@]+)@.*$#\1#p' "$secrets/database_disclosed_url"`

CREATE ROLE portal_app NOLOGIN;
CREATE ROLE portal_disclosed NOLOGIN;
CREATE ROLE portal_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE portal_web LOGIN PASSWORD :'web_password' IN ROLE portal_app;
CREATE ROLE portal_outside LOGIN PASSWORD :'outside_password' IN ROLE portal_disclosed;

CREATE DATABASE portal OWNER portal_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';
REVOKE ALL ON DATABASE portal FROM PUBLIC;
GRANT CONNECT ON DATABASE portal TO portal_app, portal_disclosed;
ALTER ROLE portal_web SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE portal_outside SET statement_timeout = '15s';
