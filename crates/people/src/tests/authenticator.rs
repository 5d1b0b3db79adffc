//! An authenticator for tests: a P-256 key, a counter, and the two answers that a browser hands on (WebAuthn level 3, sections 6.1 and 6.5).
//! Every part of an answer can be made wrong.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use skillsyms_vault::sha256;

/// User present, user verified, attested credential data included (section 6.1).
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

pub struct Authenticator {
    key: EcdsaKeyPair,
    pub id: Vec<u8>,
    pub user: Vec<u8>,
    pub counter: u32,
    /// What the browser says that it is at.
    pub origin: String,
    /// What the authenticator was asked for.
    pub rp: String,
    pub verifies: bool,
}

impl Authenticator {
    pub fn new(id: &[u8]) -> Self {
        Self {
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
            id: id.to_vec(),
            user: Vec::new(),
            counter: 0,
            origin: "https://records.example".to_owned(),
            rp: "records.example".to_owned(),
            verifies: true,
        }
    }

    /// Makes a key: what `navigator.credentials.create` gives.
    pub fn create(&mut self, options: &Value) -> Value {
        self.user = URL_SAFE_NO_PAD.decode(options["user"]["id"].as_str().unwrap()).unwrap();
        let client = self.client("webauthn.create", options);
        let mut data = self.data(ATTESTED);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        data.extend(self.cose());
        // {"fmt": "none", "attStmt": {}, "authData": data}
        let mut object = vec![0xa3, 0x63];
        object.extend(b"fmt\x64none\x67attStmt\xa0\x68authData\x59");
        object.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        object.extend(&data);
        json!({
            "id": text(&self.id), "rawId": text(&self.id), "type": "public-key", "clientExtensionResults": {},
            "response": { "attestationObject": text(&object), "clientDataJSON": text(&client) },
        })
    }

    /// Answers a question: what `navigator.credentials.get` gives.
    pub fn get(&mut self, options: &Value) -> Value {
        self.counter += 1;
        let client = self.client("webauthn.get", options);
        let data = self.data(0);
        let signed = [data.as_slice(), &sha256(&client)].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        json!({
            "id": text(&self.id), "rawId": text(&self.id), "type": "public-key", "clientExtensionResults": {},
            "response": {
                "authenticatorData": text(&data), "clientDataJSON": text(&client),
                "signature": text(signature.as_ref()), "userHandle": text(&self.user),
            },
        })
    }

    fn client(&self, kind: &str, options: &Value) -> Vec<u8> {
        let said =
            json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false });
        said.to_string().into_bytes()
    }

    fn data(&self, more: u8) -> Vec<u8> {
        let verified = if self.verifies { VERIFIED } else { 0 };
        let mut data = sha256(self.rp.as_bytes()).to_vec();
        data.push(PRESENT | verified | more);
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// The public key as RFC 9053 writes it: {1: 2, 3: -7, -1: 1, -2: x, -3: y}.
    fn cose(&self) -> Vec<u8> {
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        let mut map = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        map.extend(x);
        map.extend([0x22, 0x58, 0x20]);
        map.extend(y);
        map
    }
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
