import sys, torch  # two linear encoders learn to agree about hidden causes
torch.ops.load_library(sys.argv[1])  # libcmc_operators.so
cause = torch.randn(512, 16)
views = [cause @ torch.randn(16, 64) + torch.randn(512, 64) for _ in range(2)]
encoders = torch.nn.ModuleList(torch.nn.Linear(64, 128) for _ in views)
optimizer = torch.optim.Adam(encoders.parameters(), lr=1e-3)
for step in range(101):
    z = [encoder(view) for encoder, view in zip(encoders, views)]
    loss = sum(torch.ops.cmc.contrast(*z, torch.tensor(0.1))[:2]).mean()  # both directions
    optimizer.zero_grad(), loss.backward(), optimizer.step()
    print(f"step {step}: loss {loss.item():.3f}") if step % 50 == 0 else None
