use crate::policy::{
    Leaf, NamedCheck, Requirement, Rule, has_check, leaf_inside_not, number_after_policy,
};

enum First {}

impl NamedCheck for First {
    const DESCRIPTION: &'static str = "first";
}

enum Second {}

impl NamedCheck for Second {
    const DESCRIPTION: &'static str = "second";
}

const fn named<C: NamedCheck>(number: usize) -> Requirement {
    Requirement::Check {
        number,
        description: Some(C::DESCRIPTION),
        id: Some(C::ID),
    }
}

const fn closure(number: usize) -> Requirement {
    Requirement::Check {
        number,
        description: None,
        id: None,
    }
}

const INNER: &Rule = &Rule {
    requirement: Requirement::Any {
        of: &[
            Requirement::role("staff"),
            named::<First>(0),
            named::<Second>(1),
        ],
    },
    ..Rule::required("inner")
};

const WITHOUT: &Rule = &Rule::required("without");

/// `closure, WITHOUT, INNER, second, any(INNER, closure)`
const OUTER: &Rule = &Rule {
    requirement: Requirement::All {
        of: &[
            closure(0),
            Requirement::Policy {
                rule: WITHOUT,
                first_check: 1,
            },
            Requirement::Policy {
                rule: INNER,
                first_check: number_after_policy(1, WITHOUT),
            },
            named::<Second>(number_after_policy(1, INNER)),
            Requirement::Any {
                of: &[
                    Requirement::Policy {
                        rule: INNER,
                        first_check: number_after_policy(2, INNER),
                    },
                    closure(number_after_policy(number_after_policy(2, INNER), INNER)),
                ],
            },
        ],
    },
    ..Rule::required("outer")
};

const BOTH: Requirement = Requirement::Any {
    of: &[named::<First>(0), closure(1)],
};

#[test]
fn every_check_of_a_rule_has_its_own_number() {
    let leaves = OUTER.requirement.leaves();
    let checks = leaves.into_iter().filter_map(Leaf::check);
    let numbers: Vec<_> = checks
        .map(|check| (check.number, check.description))
        .collect();
    assert_eq!(
        numbers,
        [
            (0, None),
            (1, Some("first")),
            (2, Some("second")),
            (3, Some("second")),
            (4, Some("first")),
            (5, Some("second")),
            (6, None),
        ]
    );
}

#[test]
fn the_number_of_a_check_leads_to_its_place_in_the_rule() {
    let places: Vec<_> = (0..8)
        .map(|number| OUTER.requirement.place_of_check(number))
        .collect();
    assert_eq!(
        places,
        [
            Some((0, 0)),
            Some((2, 0)),
            Some((2, 1)),
            Some((3, 0)),
            Some((4, 0)),
            Some((4, 1)),
            Some((5, 0)),
            None,
        ]
    );
}

#[test]
fn two_names_of_one_check_have_one_result() {
    let same = |number| OUTER.requirement.same_checks(number);
    assert_eq!(same(1), [1, 4]);
    assert_eq!(same(4), [4, 1]);
    assert_eq!(same(3), [3, 2, 5]);
    // Two closures are different checks.
    assert_eq!(same(0), [0]);
    assert_eq!(same(6), [6]);
}

#[test]
fn a_policy_has_a_check_if_any_part_of_its_rule_has_one() {
    assert!(has_check(OUTER));
    assert!(has_check(INNER));
    assert!(!has_check(WITHOUT));
    assert_eq!(leaf_inside_not(WITHOUT), WITHOUT);
}

#[test]
fn a_rule_always_checks_if_no_alternative_holds_without_a_check() {
    assert!(OUTER.requirement.always_checks());
    assert!(!INNER.requirement.always_checks());
    assert!(!WITHOUT.requirement.always_checks());
    assert!(BOTH.always_checks());
}

#[test]
#[should_panic(expected = "can't be inside `not(..)`")]
fn a_policy_with_a_check_is_refused_inside_not() {
    let _ = leaf_inside_not(OUTER);
}
