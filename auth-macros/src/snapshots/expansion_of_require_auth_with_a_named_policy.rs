// #[require_auth(policy = refunds::CanRefund<3>)]
// async fn refund(State(state): State<Self>) -> StatusCode {
//     state.refund().await
// }

async fn refund(
    _: ::auth_runtime::Guard<refunds::CanRefund<3>>,
    State(state): State<Self>,
) -> StatusCode {
    state.refund().await
}
