-- What every cell has, a tenant's and the platform's own.
CREATE TABLE positions (
  k TEXT NOT NULL PRIMARY KEY,
  v INTEGER NOT NULL
) STRICT;

CREATE TABLE ledger_entries (
  leaf INTEGER NOT NULL PRIMARY KEY,
  id BLOB NOT NULL,
  at INTEGER NOT NULL,
  act TEXT NOT NULL,
  outcome TEXT NOT NULL,
  actor BLOB,
  body BLOB NOT NULL,
  hash BLOB NOT NULL
) STRICT;
CREATE TRIGGER ledger_entries_no_update BEFORE UPDATE ON ledger_entries BEGIN SELECT RAISE(ABORT, 'ledger_entries is append-only'); END;
CREATE TRIGGER ledger_entries_no_delete BEFORE DELETE ON ledger_entries BEGIN SELECT RAISE(ABORT, 'ledger_entries is append-only'); END;

CREATE TABLE ledger_nodes (
  level INTEGER NOT NULL,
  idx INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (level, idx)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER ledger_nodes_no_update BEFORE UPDATE ON ledger_nodes BEGIN SELECT RAISE(ABORT, 'ledger_nodes is append-only'); END;
CREATE TRIGGER ledger_nodes_no_delete BEFORE DELETE ON ledger_nodes BEGIN SELECT RAISE(ABORT, 'ledger_nodes is append-only'); END;

CREATE TABLE ledger_head (
  one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  size INTEGER NOT NULL,
  frontier BLOB NOT NULL,
  last_at INTEGER NOT NULL,
  checkpoint TEXT NOT NULL
) STRICT;

CREATE TABLE ledger_subjects (
  learner BLOB NOT NULL,
  leaf INTEGER NOT NULL,
  PRIMARY KEY (learner, leaf)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_marks (
  mark BLOB NOT NULL,
  leaf INTEGER NOT NULL,
  PRIMARY KEY (mark, leaf)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
  actor BLOB NOT NULL,
  k TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  status INTEGER NOT NULL,
  resource BLOB,
  at INTEGER NOT NULL,
  PRIMARY KEY (actor, k)
) STRICT;
CREATE INDEX idempotency_at ON idempotency (at);

CREATE TABLE people (
  id BLOB NOT NULL PRIMARY KEY,
  email_index BLOB NOT NULL,
  email BLOB NOT NULL,
  name TEXT NOT NULL,
  fold TEXT NOT NULL,
  learner BLOB,
  state TEXT NOT NULL,
  password TEXT,
  roles TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX people_email_index ON people (email_index);
CREATE UNIQUE INDEX people_learner ON people (learner);
CREATE INDEX people_fold ON people (fold, id);
CREATE INDEX people_state ON people (state, fold, id);
CREATE INDEX people_roles ON people (roles, fold, id);

CREATE TABLE invitations (
  id BLOB NOT NULL PRIMARY KEY,
  person BLOB NOT NULL REFERENCES people (id),
  token_hash BLOB NOT NULL,
  created_by BLOB,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;
CREATE UNIQUE INDEX invitations_token_hash ON invitations (token_hash);

CREATE TABLE resets (
  id BLOB NOT NULL PRIMARY KEY,
  account BLOB NOT NULL,
  person BLOB REFERENCES people (id),
  token_hash BLOB NOT NULL,
  created_by BLOB,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;
CREATE UNIQUE INDEX resets_token_hash ON resets (token_hash);
CREATE INDEX resets_account ON resets (account, created_at);
CREATE INDEX resets_created_at ON resets (created_at);

CREATE TABLE mails (
  id BLOB NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  person BLOB NOT NULL REFERENCES people (id),
  content BLOB NOT NULL,
  tries INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX mails_due_at ON mails (due_at);

CREATE TABLE sessions (
  id BLOB NOT NULL PRIMARY KEY,
  token_hash BLOB NOT NULL,
  person BLOB NOT NULL REFERENCES people (id),
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  step_up_at INTEGER,
  ended_at INTEGER,
  owes TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX sessions_token_hash ON sessions (token_hash);
CREATE INDEX sessions_person ON sessions (person);

CREATE TABLE factors (
  id BLOB NOT NULL PRIMARY KEY,
  person BLOB NOT NULL REFERENCES people (id),
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  secret BLOB NOT NULL,
  step INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  credential BLOB,
  confirmed_at INTEGER,
  used_at INTEGER
) STRICT;
CREATE INDEX factors_person ON factors (person);
CREATE UNIQUE INDEX factors_credential ON factors (credential);

CREATE TABLE ceremonies (
  id BLOB NOT NULL PRIMARY KEY,
  used_at INTEGER NOT NULL
) STRICT;
CREATE INDEX ceremonies_used_at ON ceremonies (used_at);

CREATE TABLE recovery_codes (
  id BLOB NOT NULL PRIMARY KEY,
  person BLOB NOT NULL REFERENCES people (id),
  code_index BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;
CREATE UNIQUE INDEX recovery_codes_code_index ON recovery_codes (code_index);
CREATE INDEX recovery_codes_person ON recovery_codes (person);

CREATE TABLE api_keys (
  id BLOB NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  hash BLOB NOT NULL,
  scopes TEXT NOT NULL,
  created_by BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER,
  used_at INTEGER,
  networks TEXT NOT NULL,
  used_from TEXT NOT NULL,
  strayed_at INTEGER,
  days INTEGER NOT NULL,
  rotated_from BLOB,
  rotated_to BLOB,
  warn_at INTEGER
) STRICT;
CREATE UNIQUE INDEX api_keys_hash ON api_keys (hash);
CREATE INDEX api_keys_warn_at ON api_keys (warn_at);

CREATE TABLE registrations (
  id BLOB NOT NULL PRIMARY KEY,
  person BLOB NOT NULL REFERENCES people (id),
  kind TEXT NOT NULL,
  number TEXT NOT NULL,
  body TEXT NOT NULL,
  valid_from INTEGER NOT NULL,
  valid_until INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX registrations_person ON registrations (person);
-- The platform's own cell: which tenants there are, and the last checkpoint of each.
CREATE TABLE tenants (
  id BLOB NOT NULL PRIMARY KEY,
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  keyring BLOB NOT NULL,
  login BLOB,
  quota_learners INTEGER,
  quota_people INTEGER,
  quota_evidence_bytes INTEGER,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX tenants_slug ON tenants (slug);

CREATE TABLE heads (
  cell BLOB NOT NULL PRIMARY KEY,
  size INTEGER NOT NULL,
  note TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;

CREATE TABLE control_evidence (
  id BLOB NOT NULL PRIMARY KEY,
  control TEXT NOT NULL,
  source TEXT NOT NULL,
  probe TEXT NOT NULL,
  probe_version INTEGER NOT NULL,
  state TEXT NOT NULL,
  detail TEXT NOT NULL,
  observed_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  hash BLOB NOT NULL
) STRICT;
CREATE INDEX control_evidence_control ON control_evidence (control, observed_at);
CREATE TRIGGER control_evidence_no_update BEFORE UPDATE ON control_evidence BEGIN SELECT RAISE(ABORT, 'control_evidence is append-only'); END;
CREATE TRIGGER control_evidence_no_delete BEFORE DELETE ON control_evidence BEGIN SELECT RAISE(ABORT, 'control_evidence is append-only'); END;
