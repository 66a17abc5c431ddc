import sys, torch  # two linear encoders learn to agree about hidden causes, by a sigmoid of each pair
torch.ops.load_library(sys.argv[1])  # libcmc_operators.so
cause = torch.randn(512, 16)
views = [cause @ torch.randn(16, 64) + torch.randn(512, 64) for _ in range(2)]
encoders = torch.nn.ModuleList(torch.nn.Linear(64, 128) for _ in views)
log_scale = torch.nn.Parameter(torch.tensor(10.0).log())  # log(1/τ), learned, as published
bias = torch.nn.Parameter(torch.tensor(-10.0))  # b
optimizer = torch.optim.Adam([*encoders.parameters(), log_scale, bias], lr=1e-3)
for step in range(101):
    z = [encoder(view) for encoder, view in zip(encoders, views)]
    rows, *_ = torch.ops.cmc.sigmoid_contrast(*z, (-log_scale).exp(), bias)
    loss = rows.mean()  # SigLIP's loss; the columns' mean has the same terms
    optimizer.zero_grad(), loss.backward(), optimizer.step()
    print(f"step {step}: loss {loss.item():.3f}  b {bias.item():.2f}") if step % 50 == 0 else None
