// A node type that is dragged from the palette to the canvas.

const mediaType = "application/x-flowfusion-node";

/** While it is dragged a browser tells that there is a type, not which; the name is known when it is dropped. */
export function nodeTypeInDrag({ dataTransfer, type }: DragEvent): string | undefined {
  if (dataTransfer === null || !dataTransfer.types.includes(mediaType)) return undefined;
  return type === "drop" ? dataTransfer.getData(mediaType) : "";
}

export function beginDrag({ dataTransfer }: DragEvent, nodeType: string): void {
  if (dataTransfer === null) return;
  dataTransfer.setData(mediaType, nodeType);
  dataTransfer.effectAllowed = "copy";
}
