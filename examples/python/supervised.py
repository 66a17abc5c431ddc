import sys, torch  # as contrast.py, where one cause in ten is known to be of one of four kinds
torch.ops.load_library(sys.argv[1])  # libcmc_operators.so
kind = torch.randint(4, (512,))
cause = 2 * torch.randn(4, 16)[kind] + torch.randn(512, 16)
views = [cause @ torch.randn(16, 64) + torch.randn(512, 64) for _ in range(2)]
groups = torch.where(torch.rand(512) < 0.1, kind, -1)  # -1: not known, a group of its own
encoders = torch.nn.ModuleList(torch.nn.Linear(64, 128) for _ in views)
optimizer = torch.optim.Adam(encoders.parameters(), lr=1e-3)
for step in range(101):
    z = [encoder(view) for encoder, view in zip(encoders, views)]
    loss = sum(torch.ops.cmc.multi_positive_contrast(*z, groups, torch.tensor(0.1))[:2]).mean()
    optimizer.zero_grad(), loss.backward(), optimizer.step()
    print(f"step {step}: loss {loss.item():.3f}") if step % 50 == 0 else None
