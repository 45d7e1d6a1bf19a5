// Drawn for this page, on a grid of 24, in the colour of the text around them.
const paths = {
  hand: 'M8 12.5V5.8a1.6 1.6 0 0 1 3.2 0V11m0-6.6a1.6 1.6 0 0 1 3.2 0V11m0-5a1.6 1.6 0 0 1 3.2 0v8.2a6.6 6.6 0 0 1-6.6 6.6h-.6a6 6 0 0 1-4.6-2.2l-3.3-4a1.7 1.7 0 0 1 2.5-2.3L8 14.4',
  lamp: 'M12 6.5V3.5M6.5 12a5.5 5.5 0 0 1 11 0zM12 15.5v4.5M8 15.5l-2.2 4M16 15.5l2.2 4',
  pin: 'M9 3.5h6l-.8 6.3 3.3 3.4v1.6h-11v-1.6l3.3-3.4zM12 14.8v6',
  link: 'M10 14a4 4 0 0 0 5.8.2l3-3a4 4 0 0 0-5.7-5.7l-1.2 1.2M14 10a4 4 0 0 0-5.8-.2l-3 3a4 4 0 0 0 5.7 5.7l1.2-1.2',
  copy: 'M9 9h10.5v10.5H9zM5.8 15H4.5V4.5H15v1.3',
  windows: 'M3.5 4.5h11v9h-11zM9.5 13.5v6h11v-9h-6',
  pencil: 'M4.5 19.5l.9-4L16 4.9a1.9 1.9 0 0 1 2.7 0l.4.4a1.9 1.9 0 0 1 0 2.7L8.5 18.6z',
  leave: 'M14 4.5H5.5v15H14M10.5 12h10m-3.5-3.5L20.5 12 17 15.5',
  close: 'M6.5 6.5l11 11m0-11l-11 11',
  send: 'M12 19.5v-15m-6 6 6-6 6 6',
} as const

export type IconName = keyof typeof paths

// Icon says nothing to a screen reader: the button around it does.
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor"
      strokeWidth="1.8" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  )
}
