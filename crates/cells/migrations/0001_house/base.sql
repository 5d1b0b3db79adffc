-- What every cell has, a tenant's and the platform's own.
CREATE TABLE positions (
  k {text} NOT NULL PRIMARY KEY,
  v {i64} NOT NULL
) {strict};

CREATE TABLE ledger_entries (
  leaf {i64} NOT NULL PRIMARY KEY,
  id {bytes} NOT NULL,
  at {i64} NOT NULL,
  act {text} NOT NULL,
  outcome {text} NOT NULL,
  actor {bytes},
  body {bytes} NOT NULL,
  hash {bytes} NOT NULL
) {strict};
{append_only ledger_entries}

CREATE TABLE ledger_nodes (
  level {i64} NOT NULL,
  idx {i64} NOT NULL,
  hash {bytes} NOT NULL,
  PRIMARY KEY (level, idx)
) {strict_keyed};
{append_only ledger_nodes}

CREATE TABLE ledger_head (
  one {i64} NOT NULL PRIMARY KEY CHECK (one = 1),
  size {i64} NOT NULL,
  frontier {bytes} NOT NULL,
  last_at {i64} NOT NULL,
  checkpoint {text} NOT NULL
) {strict};

CREATE TABLE ledger_subjects (
  learner {bytes} NOT NULL,
  leaf {i64} NOT NULL,
  PRIMARY KEY (learner, leaf)
) {strict_keyed};

CREATE TABLE ledger_marks (
  mark {bytes} NOT NULL,
  leaf {i64} NOT NULL,
  PRIMARY KEY (mark, leaf)
) {strict_keyed};

CREATE TABLE idempotency (
  actor {bytes} NOT NULL,
  k {text} NOT NULL,
  fingerprint {bytes} NOT NULL,
  status {i64} NOT NULL,
  resource {bytes},
  at {i64} NOT NULL,
  PRIMARY KEY (actor, k)
) {strict};
CREATE INDEX idempotency_at ON idempotency (at);

CREATE TABLE people (
  id {bytes} NOT NULL PRIMARY KEY,
  email_index {bytes} NOT NULL,
  email {bytes} NOT NULL,
  name {text} NOT NULL,
  fold {text} NOT NULL,
  learner {bytes},
  state {text} NOT NULL,
  password {text},
  roles {text} NOT NULL,
  version {i64} NOT NULL,
  created_at {i64} NOT NULL,
  changed_at {i64} NOT NULL
) {strict};
CREATE UNIQUE INDEX people_email_index ON people (email_index);
CREATE UNIQUE INDEX people_learner ON people (learner);
CREATE INDEX people_fold ON people (fold, id);
CREATE INDEX people_state ON people (state, fold, id);
CREATE INDEX people_roles ON people (roles, fold, id);

CREATE TABLE invitations (
  id {bytes} NOT NULL PRIMARY KEY,
  person {bytes} NOT NULL REFERENCES people (id),
  token_hash {bytes} NOT NULL,
  created_by {bytes},
  created_at {i64} NOT NULL,
  expires_at {i64} NOT NULL,
  used_at {i64}
) {strict};
CREATE UNIQUE INDEX invitations_token_hash ON invitations (token_hash);

CREATE TABLE resets (
  id {bytes} NOT NULL PRIMARY KEY,
  account {bytes} NOT NULL,
  person {bytes} REFERENCES people (id),
  token_hash {bytes} NOT NULL,
  created_by {bytes},
  created_at {i64} NOT NULL,
  expires_at {i64} NOT NULL,
  used_at {i64}
) {strict};
CREATE UNIQUE INDEX resets_token_hash ON resets (token_hash);
CREATE INDEX resets_account ON resets (account, created_at);
CREATE INDEX resets_created_at ON resets (created_at);

CREATE TABLE mails (
  id {bytes} NOT NULL PRIMARY KEY,
  kind {text} NOT NULL,
  person {bytes} NOT NULL REFERENCES people (id),
  content {bytes} NOT NULL,
  tries {i64} NOT NULL,
  due_at {i64} NOT NULL,
  ends_at {i64} NOT NULL,
  created_at {i64} NOT NULL
) {strict};
CREATE INDEX mails_due_at ON mails (due_at);

CREATE TABLE sessions (
  id {bytes} NOT NULL PRIMARY KEY,
  token_hash {bytes} NOT NULL,
  person {bytes} NOT NULL REFERENCES people (id),
  created_at {i64} NOT NULL,
  seen_at {i64} NOT NULL,
  expires_at {i64} NOT NULL,
  step_up_at {i64},
  ended_at {i64},
  owes {text} NOT NULL
) {strict};
CREATE UNIQUE INDEX sessions_token_hash ON sessions (token_hash);
CREATE INDEX sessions_person ON sessions (person);

CREATE TABLE factors (
  id {bytes} NOT NULL PRIMARY KEY,
  person {bytes} NOT NULL REFERENCES people (id),
  kind {text} NOT NULL,
  name {text} NOT NULL,
  secret {bytes} NOT NULL,
  step {i64} NOT NULL,
  created_at {i64} NOT NULL,
  credential {bytes},
  confirmed_at {i64},
  used_at {i64}
) {strict};
CREATE INDEX factors_person ON factors (person);
CREATE UNIQUE INDEX factors_credential ON factors (credential);

CREATE TABLE ceremonies (
  id {bytes} NOT NULL PRIMARY KEY,
  used_at {i64} NOT NULL
) {strict};
CREATE INDEX ceremonies_used_at ON ceremonies (used_at);

CREATE TABLE recovery_codes (
  id {bytes} NOT NULL PRIMARY KEY,
  person {bytes} NOT NULL REFERENCES people (id),
  code_index {bytes} NOT NULL,
  created_at {i64} NOT NULL,
  used_at {i64}
) {strict};
CREATE UNIQUE INDEX recovery_codes_code_index ON recovery_codes (code_index);
CREATE INDEX recovery_codes_person ON recovery_codes (person);

CREATE TABLE api_keys (
  id {bytes} NOT NULL PRIMARY KEY,
  name {text} NOT NULL,
  hash {bytes} NOT NULL,
  scopes {text} NOT NULL,
  created_by {bytes} NOT NULL,
  created_at {i64} NOT NULL,
  expires_at {i64} NOT NULL,
  revoked_at {i64},
  used_at {i64},
  networks {text} NOT NULL,
  used_from {text} NOT NULL,
  strayed_at {i64},
  days {i64} NOT NULL,
  rotated_from {bytes},
  rotated_to {bytes},
  warn_at {i64}
) {strict};
CREATE UNIQUE INDEX api_keys_hash ON api_keys (hash);
CREATE INDEX api_keys_warn_at ON api_keys (warn_at);

CREATE TABLE registrations (
  id {bytes} NOT NULL PRIMARY KEY,
  person {bytes} NOT NULL REFERENCES people (id),
  kind {text} NOT NULL,
  number {text} NOT NULL,
  body {text} NOT NULL,
  valid_from {i64} NOT NULL,
  valid_until {i64} NOT NULL,
  created_at {i64} NOT NULL
) {strict};
CREATE INDEX registrations_person ON registrations (person);
