//! What every list promises, whatever it answers itself.

use super::*;

const DAY: Duration = Duration::from_secs(24 * 3600);

#[test]
fn a_token_older_than_the_revocation_list_remembers_counts_as_revoked() {
    let now = SystemTime::now();
    let list =
        |retention| RevocationList::new(MemoryRevocation::builder().entry_ttl(retention).build());
    let aged = |age: Duration| RevocationQuery {
        issued_at: Some(now - age),
        ..RevocationQuery::new("https://issuer.example", "alice")
    };
    let second = Duration::from_secs(1);
    assert!(!list(DAY).check(&aged(DAY), now).unwrap());
    assert!(list(DAY).check(&aged(DAY + second), now).unwrap());
    assert!(!list(DAY).has(&aged(DAY + second), now).unwrap());
    // The age of this token is unknown.
    let ageless = RevocationQuery {
        issued_at: None,
        ..aged(DAY)
    };
    assert!(!list(DAY).check(&ageless, now).unwrap());
    assert!(!list(Duration::MAX).check(&aged(DAY * 9), now).unwrap());
}
