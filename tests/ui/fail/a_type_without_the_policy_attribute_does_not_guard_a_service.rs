use auth_runtime::guard;

struct DuringOpeningHours;

fn main() {
    let _ = guard::<DuringOpeningHours>();
}
