// What the examples take from libraries of components.
const plain = Tag => ({ children, variant: _, ...rest }) => <Tag {...rest}>{children}</Tag>

export const Box = plain('div')
export const Flex = plain('section')
export const IconButton = plain('button')
export const Text = plain('p')
export const CrossIcon = () => 'unpin'
export const PinIcon = () => 'pinned'
export const StarIcon = () => '*'
export const StyledMenuTile = { ItemButton: plain('button') }
export const VideoTile = ({ peer, stage }) => <figure className={stage ? 'stage' : 'side'}>{peer.name}</figure>
