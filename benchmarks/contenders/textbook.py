"""PyTorch as tutorials write it: a DataLoader over single images with a transform, numbers at every step."""

from typing import Any

import numpy as np
import torch
from benchmarks.contenders.serving import Run, serve_runs
from benchmarks.contenders.torch_nets import network
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset


class ToTensor:
    """Turns an image (H, W, C) of bytes into a tensor (C, H, W) of shares."""

    def __call__(self, image: np.ndarray[Any, Any]) -> Tensor:
        return torch.from_numpy(image).permute(2, 0, 1).contiguous().float().div(255)


class Normalize:
    """Takes each channel's mean away and divides by its deviation."""

    def __init__(self, mean: list[float], deviation: list[float]) -> None:
        self.mean = torch.tensor(mean).view(-1, 1, 1)
        self.deviation = torch.tensor(deviation).view(-1, 1, 1)

    def __call__(self, image: Tensor) -> Tensor:
        return image.sub(self.mean).div(self.deviation)


class Images(Dataset[tuple[Tensor, int]]):
    """Images in memory, transformed whenever one is asked for."""

    def __init__(self, pixels: Any, labels: Any, transforms: list[Any]) -> None:
        self.images = np.ascontiguousarray(pixels.transpose(0, 2, 3, 1))
        self.labels = labels
        self.transforms = transforms

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image = self.images[index]
        for transform in self.transforms:
            image = transform(image)
        return image, int(self.labels[index])


def train(run: Run) -> float:
    torch.manual_seed(run.seed)
    mean, deviation = ([value / 255 for value in run.facts[name]] for name in ("shift", "scale"))
    transforms = [ToTensor(), Normalize(mean, deviation)]
    train_set = Images(run.arrays["pixels_train"], run.arrays["y_train"], transforms)
    test_set = Images(run.arrays["pixels_test"], run.arrays["y_test"], transforms)
    train_loader = DataLoader(train_set, batch_size=run.recipe["batch_size"], shuffle=True)
    test_loader = DataLoader(test_set, batch_size=run.recipe["batch_size"])
    model = network(run.net, run.facts["shape"], run.facts["classes"])
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=run.recipe["lr"])
    accuracy = 0.0
    for _ in range(run.recipe["epochs"]):
        model.train()
        running_loss = 0.0
        for images, labels in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            running_loss += loss.item()
        model.eval()
        correct = 0
        with torch.no_grad():
            for images, labels in test_loader:
                correct += (model(images).argmax(1) == labels).sum().item()
        accuracy = correct / len(test_set)
    return accuracy


if __name__ == "__main__":
    torch.set_flush_denormal(True)
    serve_runs(train)
