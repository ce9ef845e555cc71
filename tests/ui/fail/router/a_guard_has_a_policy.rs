use auth_runtime::guard;

struct Staff;

fn main() {
    let _ = guard::<Staff>();
}
